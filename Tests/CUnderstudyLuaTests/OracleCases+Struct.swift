// struct, as redis-server 7.0.15 answered.
//
// One script a line (>), with \\, \n and \0 for backslash, line break and zero byte; then its reply (<); a line
// with 3 is the reply in RESP3. To extend: write the script, ask the real server, and copy what it says.

extension OracleCases {
  static let structs = #"""
    > return (struct.pack():gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: bad argument #1 to 'pack' (string expected, got no value) script: SHA, on @user_script:1.\r\n
    > return (struct.pack(''):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $0\r\n\r\n
    > return (struct.pack('b',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\n01\r\n
    > return (struct.pack('b'):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: bad argument #2 to 'pack' (number expected, got nil) script: SHA, on @user_script:1.\r\n
    > return (struct.pack('>i',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $8\r\n00000001\r\n
    > return (struct.pack('i8',-1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\nffffffffffffffff\r\n
    > return (struct.pack('i16',-1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $32\r\nffffffffffffffff0000000000000000\r\n
    > return (struct.pack('>i16',-1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $32\r\n0000000000000000ffffffffffffffff\r\n
    > return (struct.pack('i16',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $32\r\n01000000000000000000000000000000\r\n
    > return (struct.pack('i32',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $64\r\n0100000000000000000000000000000000000000000000000000000000000000\r\n
    > return (struct.pack('i33',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: integral size 33 is larger than limit of 32 script: SHA, on @user_script:1.\r\n
    > return (struct.pack('i0',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $0\r\n\r\n
    > return (struct.pack('i99999999999',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: integral size overflow script: SHA, on @user_script:1.\r\n
    > return (struct.pack('c99999999999','x'):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: integral size overflow script: SHA, on @user_script:1.\r\n
    > return (struct.pack('z',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: bad argument #1 to 'pack' (invalid format option 'z') script: SHA, on @user_script:1.\r\n
    > return (struct.pack('!i',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $8\r\n01000000\r\n
    > return (struct.pack('!3i',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: alignment 3 is not a power of 2 script: SHA, on @user_script:1.\r\n
    > return (struct.pack('!0i',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: alignment 0 is not a power of 2 script: SHA, on @user_script:1.\r\n
    > return (struct.pack('!4bi',1,2):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\n0100000002000000\r\n
    > return (struct.pack('!16bd',1,2):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $32\r\n01000000000000000000000000000040\r\n
    > return (struct.pack('bi',1,2):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\n0102000000\r\n
    > return (struct.pack('!bhild',1,2,3,4,5):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $48\r\n010002000300000004000000000000000000000000001440\r\n
    > return (struct.pack('s','abc'):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $8\r\n61626300\r\n
    > return (struct.pack('c0','abc'):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $6\r\n616263\r\n
    > return (struct.pack('c','abc'):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\n61\r\n
    > return (struct.pack('c2','abc'):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $4\r\n6162\r\n
    > return (struct.pack('c5','abc'):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: bad argument #3 to 'pack' (string too short) script: SHA, on @user_script:1.\r\n
    > return (struct.pack('s',12):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $6\r\n313200\r\n
    > return (struct.pack('f',1.5):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $8\r\n0000c03f\r\n
    > return (struct.pack('>f',1.5):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $8\r\n3fc00000\r\n
    > return (struct.pack('d',0.1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\n9a9999999999b93f\r\n
    > return (struct.pack('>d',0.1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\n3fb999999999999a\r\n
    > return (struct.pack('x'):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\n00\r\n
    > return (struct.pack('xb x b',1,2):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $8\r\n00010002\r\n
    > return (struct.pack('B',300):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\n2c\r\n
    > return (struct.pack('B',-1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\nff\r\n
    > return (struct.pack('b',1.9):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\n01\r\n
    > return (struct.pack('b',-1.9):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\nff\r\n
    > return (struct.pack('b','7'):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\n07\r\n
    > return (struct.pack('b','x'):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: bad argument #2 to 'pack' (number expected, got string) script: SHA, on @user_script:1.\r\n
    > return (struct.pack('L',2^63):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\n0000000000000080\r\n
    > return (struct.pack('L',2^64):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\n0000000000000000\r\n
    > return (struct.pack('L',-2^63):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\n0000000000000080\r\n
    > return (struct.pack('L',-2^64):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\n0000000000000080\r\n
    > return (struct.pack('L',1e300):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\n0000000000000000\r\n
    > return (struct.pack('L',0/0):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\n0000000000000080\r\n
    > return (struct.pack('L',1/0):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\n0000000000000000\r\n
    > return (struct.pack('l',2^63):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\n0000000000000080\r\n
    > return (struct.pack('T',5):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\n0500000000000000\r\n
    > return (struct.pack('H',65535):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $4\r\nffff\r\n
    > return (struct.pack('=i',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: bad argument #1 to 'pack' (invalid format option '=') script: SHA, on @user_script:1.\r\n
    > return (struct.pack('@i',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: bad argument #1 to 'pack' (invalid format option '@') script: SHA, on @user_script:1.\r\n
    > return (struct.pack('A',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: bad argument #1 to 'pack' (invalid format option 'A') script: SHA, on @user_script:1.\r\n
    > return (struct.pack('i3',-2):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $6\r\nfeffff\r\n
    > return (struct.pack('>i3',-2):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $6\r\nfffffe\r\n
    > return (struct.pack('b\\0b',1,2):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\n01\r\n
    > return (struct.pack(1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: bad argument #1 to 'pack' (invalid format option '1') script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('b','\\255')}
    < *2\r\n:-1\r\n:2\r\n
    > return {struct.unpack('B','\\255')}
    < *2\r\n:255\r\n:2\r\n
    > return {struct.unpack('i','\\1\\2\\3')}
    < -ERR user_script:1: bad argument #2 to 'unpack' (data string too short) script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('i','\\1\\2\\3\\4')}
    < *2\r\n:67305985\r\n:5\r\n
    > return {struct.unpack('>i','\\1\\2\\3\\4')}
    < *2\r\n:16909060\r\n:5\r\n
    > return {struct.unpack('bb','\\1\\2\\3\\4',2)}
    < *3\r\n:2\r\n:3\r\n:4\r\n
    > return {struct.unpack('bb','\\1\\2\\3\\4',0)}
    < -ERR user_script:1: bad argument #3 to 'unpack' (offset must be 1 or greater) script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('bb','\\1\\2\\3\\4',-1)}
    < -ERR user_script:1: bad argument #2 to 'unpack' (data string too short) script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('bb','\\1\\2\\3\\4',4)}
    < -ERR user_script:1: bad argument #2 to 'unpack' (data string too short) script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('b','\\1\\2\\3\\4',5)}
    < -ERR user_script:1: bad argument #2 to 'unpack' (data string too short) script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('','\\1\\2\\3\\4',5)}
    < *1\r\n:5\r\n
    > return {struct.unpack('','\\1\\2\\3\\4',6)}
    < *1\r\n:6\r\n
    > return {struct.unpack('s','abc\\0d')}
    < *2\r\n$3\r\nabc\r\n:5\r\n
    > return {struct.unpack('s','abc')}
    < -ERR user_script:1: unfinished string in data script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('bc0','\\3abcd')}
    < *2\r\n$3\r\nabc\r\n:5\r\n
    > return {struct.unpack('c0','\\3abcd')}
    < -ERR user_script:1: format 'c0' needs a previous size script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('bc0','\\9abcd')}
    < -ERR user_script:1: bad argument #2 to 'unpack' (data string too short) script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('sc0','3\\0abcd')}
    < *2\r\n$3\r\nabc\r\n:6\r\n
    > return {struct.unpack('sc0','x\\0abcd')}
    < -ERR user_script:1: format 'c0' needs a previous size script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('c3','abcd')}
    < *2\r\n$3\r\nabc\r\n:4\r\n
    > return {struct.unpack('c9','abcd')}
    < -ERR user_script:1: bad argument #2 to 'unpack' (data string too short) script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('bc0','\\255abcd')}
    < -ERR user_script:1: bad argument #2 to 'unpack' (data string too short) script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('f',struct.pack('f',1.5))}
    < *2\r\n:1\r\n:5\r\n
    > return tostring((struct.unpack('f',struct.pack('f',0.1))))
    < $16\r\n0.10000000149012\r\n
    > return tostring((struct.unpack('d',struct.pack('d',0.1))))
    < $3\r\n0.1\r\n
    > return tostring((struct.unpack('L','\\255\\255\\255\\255\\255\\255\\255\\255')))
    < $18\r\n1.844674407371e+19\r\n
    > return tostring((struct.unpack('l','\\255\\255\\255\\255\\255\\255\\255\\255')))
    < $2\r\n-1\r\n
    > return tostring((struct.unpack('i16','\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255')))
    < $2\r\n-1\r\n
    > return tostring((struct.unpack('I16','\\1\\2\\3\\4\\5\\6\\7\\8\\9\\1\\2\\3\\4\\5\\6\\7')))
    < $19\r\n5.7843769575231e+17\r\n
    > return tostring((struct.unpack('>I16','\\1\\2\\3\\4\\5\\6\\7\\8\\9\\1\\2\\3\\4\\5\\6\\7')))
    < $19\r\n6.4880203329366e+17\r\n
    > return tostring((struct.unpack('i3','\\255\\255\\255')))
    < $2\r\n-1\r\n
    > return tostring((struct.unpack('i0','\\255\\255\\255')))
    < $1\r\n0\r\n
    > return {struct.unpack('xb','\\1\\2')}
    < *2\r\n:2\r\n:3\r\n
    > return {struct.unpack('!4bi','\\1\\0\\0\\0\\2\\0\\0\\0')}
    < *3\r\n:1\r\n:2\r\n:9\r\n
    > return {struct.unpack('z','a')}
    < -ERR user_script:1: bad argument #1 to 'unpack' (invalid format option 'z') script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('b')}
    < -ERR user_script:1: bad argument #2 to 'unpack' (string expected, got no value) script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('b',{})}
    < -ERR user_script:1: bad argument #2 to 'unpack' (string expected, got table) script: SHA, on @user_script:1.\r\n
    > return {struct.unpack(string.rep('b',8000),string.rep('a',8000))}
    < -ERR user_script:1: stack overflow (too many results) script: SHA, on @user_script:1.\r\n
    > return {#{struct.unpack(string.rep('b',7900),string.rep('a',7900))}}
    < *1\r\n:7901\r\n
    > return struct.size('b')
    < :1\r\n
    > return struct.size('i')
    < :4\r\n
    > return struct.size('!bhild')
    < :24\r\n
    > return struct.size('s')
    < -ERR user_script:1: bad argument #1 to 'size' (option 's' has no fixed size) script: SHA, on @user_script:1.\r\n
    > return struct.size('c0')
    < -ERR user_script:1: bad argument #1 to 'size' (option 'c0' has no fixed size) script: SHA, on @user_script:1.\r\n
    > return struct.size('c')
    < :1\r\n
    > return struct.size('c5b')
    < :6\r\n
    > return struct.size('z')
    < :0\r\n
    > return struct.size('!4bi')
    < :8\r\n
    > return struct.size('i99')
    < -ERR user_script:1: integral size 99 is larger than limit of 32 script: SHA, on @user_script:1.\r\n
    > return struct.size('>i3 <i5')
    < :8\r\n
    > return struct.size('')
    < :0\r\n
    > return struct.size('c2147483647')
    < :2147483647\r\n
    > return struct.size('c2147483647c2147483647c2147483647')
    < :6442450941\r\n
    > return struct.size()
    < -ERR user_script:1: bad argument #1 to 'size' (string expected, got no value) script: SHA, on @user_script:1.\r\n
    > return (struct.pack('c0',''):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $0\r\n\r\n
    > return (struct.pack('!2147483647i',1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < -ERR user_script:1: alignment 2147483647 is not a power of 2 script: SHA, on @user_script:1.\r\n
    > return (struct.pack('!1073741824bi',1,2):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\n0100000002000000\r\n
    > return struct.unpack('!1073741824bi','\\1\\2')
    < -ERR user_script:1: bad argument #2 to 'unpack' (data string too short) script: SHA, on @user_script:1.\r\n
    > return (struct.pack('s','a\\0b'):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $8\r\n61006200\r\n
    > return struct.unpack('b',' ',1.9)
    < :32\r\n
    > return struct.unpack('b',' ','1')
    < :32\r\n
    > return struct.unpack('b',12)
    < :49\r\n
    > return struct.unpack('bc0',struct.pack('b',-1)..'abc')
    < -ERR user_script:1: bad argument #2 to 'unpack' (data string too short) script: SHA, on @user_script:1.\r\n
    > return struct.unpack('dc0',struct.pack('d',1e300)..'abc')
    < $0\r\n\r\n
    > return struct.unpack('dc0',struct.pack('d',0/0)..'abc')
    < -ERR user_script:1: bad argument #2 to 'unpack' (data string too short) script: SHA, on @user_script:1.\r\n
    > return struct.unpack('dc0',struct.pack('d',1.5)..'abc')
    < $1\r\na\r\n
    > return struct.unpack('lc0',struct.pack('l',-1)..'abc')
    < -ERR user_script:1: bad argument #2 to 'unpack' (data string too short) script: SHA, on @user_script:1.\r\n
    > return (struct.pack('>hI3',-2,70000):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\nfffe011170\r\n
    > local t={struct.unpack('>hI3',struct.pack('>hI3',-2,70000))} return t
    < *3\r\n:-2\r\n:70000\r\n:6\r\n
    > return {struct.unpack('i9',('\\255'):rep(9))}
    < *2\r\n:-1\r\n:10\r\n
    > return {struct.unpack('I9',('\\1'):rep(9))}
    < *2\r\n:72340172838076672\r\n:10\r\n
    > return {struct.unpack('i9','\\1\\0\\0\\0\\0\\0\\0\\0\\0')}
    < *2\r\n:1\r\n:10\r\n
    > return {struct.unpack(' ','ab',6)}
    < -ERR user_script:1: bad argument #2 to 'unpack' (data string too short) script: SHA, on @user_script:1.\r\n
    > return {struct.unpack('<i2>i2','\\1\\2\\1\\2')}
    < *3\r\n:513\r\n:258\r\n:5\r\n
    > return {struct.unpack('!8bd',struct.pack('!8bd',1,2.5))}
    < *3\r\n:1\r\n:2\r\n:17\r\n
    > return {struct.unpack('Hc0',struct.pack('Hc0',3,'abc'))}
    < *2\r\n$3\r\nabc\r\n:6\r\n
    > return struct.pack('b',{})
    < -ERR user_script:1: bad argument #2 to 'pack' (number expected, got table) script: SHA, on @user_script:1.\r\n
    > return struct.pack('s')
    < -ERR user_script:1: bad argument #2 to 'pack' (string expected, got nil) script: SHA, on @user_script:1.\r\n
    > return struct.pack('bs',1)
    < -ERR user_script:1: bad argument #3 to 'pack' (string expected, got nil) script: SHA, on @user_script:1.\r\n
    > return struct.pack('bb',1,nil)
    < -ERR user_script:1: bad argument #3 to 'pack' (number expected, got nil) script: SHA, on @user_script:1.\r\n
    > return (struct.pack('sssb','a','','bc',9):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $14\r\n61000062630009\r\n
    > return {struct.unpack('sss',struct.pack('sss','a','','bc'))}
    < *4\r\n$1\r\na\r\n$0\r\n\r\n$2\r\nbc\r\n:7\r\n
    > return (struct.pack('l',9007199254740993):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $16\r\n0000000000002000\r\n
    > return (struct.pack('f',1e300):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $8\r\n0000807f\r\n
    > return (struct.pack('f',0/0):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $8\r\n0000c0ff\r\n
    > return (struct.pack('<i3>i3<i3',1,2,3):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $18\r\n010000000002030000\r\n
    > local ok,e=pcall(struct.pack,'b') return e
    < $49\r\nbad argument #2 to '?' (number expected, got nil)\r\n
    > local ok,e=pcall(struct.unpack,'i3','ab') return e
    < $46\r\nbad argument #2 to '?' (data string too short)\r\n
    > return struct.foo
    < $-1\r\n
    > struct.pack=nil
    < -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    """#
}
