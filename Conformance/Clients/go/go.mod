module understudy

go 1.18
