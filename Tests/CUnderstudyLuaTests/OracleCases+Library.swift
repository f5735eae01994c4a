// What 5.1's language and library answer, as redis-server 7.0.15 answered it.
//
// One script a line (>), with \\, \n and \0 for backslash, line break and zero byte; then its reply (<); a line
// with 3 is the reply in RESP3. To extend: write the script, ask the real server, and copy what it says.

extension OracleCases {
  static let library = #"""
    > return {string.match('2024-01-02','(%d+)-(%d+)-(%d+)')}
    < *3\r\n$4\r\n2024\r\n$2\r\n01\r\n$2\r\n02\r\n
    > return {string.find('abc','()')}
    < *3\r\n:1\r\n:0\r\n:1\r\n
    > return {string.find('[[x]]','[]]'), string.find('a-b','[a%-]',2), string.find('xyz','[^x-y]')}
    < *4\r\n:4\r\n:2\r\n:3\r\n:3\r\n
    > return {string.match('f(a(b)c)d','%b()')}
    < *1\r\n$7\r\n(a(b)c)\r\n
    > return {string.match('THE (quick) fox','%f[%a]%a+',2)}
    < *1\r\n$5\r\nquick\r\n
    > return {string.sub('hello',2.7),string.byte('hello',1,3)}
    < *4\r\n$4\r\nello\r\n:104\r\n:101\r\n:108\r\n
    > return {pcall(string.char,256)}
    < *2\r\n$-1\r\n$38\r\nbad argument #1 to '?' (invalid value)\r\n
    > return {pcall(string.char,-1)}
    < *2\r\n$-1\r\n$38\r\nbad argument #1 to '?' (invalid value)\r\n
    > return {pcall(string.sub)}
    < *2\r\n$-1\r\n$54\r\nbad argument #1 to '?' (string expected, got no value)\r\n
    > return {pcall(string.sub,{})}
    < *2\r\n$-1\r\n$51\r\nbad argument #1 to '?' (string expected, got table)\r\n
    > return {pcall(('x').bad)}
    < *2\r\n$-1\r\n$27\r\nattempt to call a nil value\r\n
    > return {pcall(function() return ('x').y.z end)}
    < *2\r\n$-1\r\n$55\r\nuser_script:1: attempt to index field 'y' (a nil value)\r\n
    > return {pcall(function() return nil+1 end)}
    < *2\r\n$-1\r\n$59\r\nuser_script:1: attempt to perform arithmetic on a nil value\r\n
    > return {pcall(function() return 'a'+1 end)}
    < *2\r\n$-1\r\n$62\r\nuser_script:1: attempt to perform arithmetic on a string value\r\n
    > return {pcall(function() return {}..'x' end)}
    < *2\r\n$-1\r\n$51\r\nuser_script:1: attempt to concatenate a table value\r\n
    > return {pcall(function() return #5 end)}
    < *2\r\n$-1\r\n$54\r\nuser_script:1: attempt to get length of a number value\r\n
    > return {pcall(function() return 1<'2' end)}
    < *2\r\n$-1\r\n$52\r\nuser_script:1: attempt to compare number with string\r\n
    > return {pcall(function() return {}<{} end)}
    < *2\r\n$-1\r\n$50\r\nuser_script:1: attempt to compare two table values\r\n
    > return {pcall(function() local t t.x=1 end)}
    < *2\r\n$-1\r\n$55\r\nuser_script:1: attempt to index local 't' (a nil value)\r\n
    > return {pcall(function() local t={} t.x.y=1 end)}
    < *2\r\n$-1\r\n$55\r\nuser_script:1: attempt to index field 'x' (a nil value)\r\n
    > return {pcall(function() local t={} t[nil]=1 end)}
    < *2\r\n$-1\r\n$33\r\nuser_script:1: table index is nil\r\n
    > return {pcall(function() local t={} t[0/0]=1 end)}
    < *2\r\n$-1\r\n$33\r\nuser_script:1: table index is NaN\r\n
    > return {pcall(function() for i=1,'x' do end end)}
    < *2\r\n$-1\r\n$43\r\nuser_script:1: 'for' limit must be a number\r\n
    > return {pcall(function() redis.nosuch() end)}
    < *2\r\n$-1\r\n$59\r\nuser_script:1: attempt to call field 'nosuch' (a nil value)\r\n
    > return redis.nosuch
    < $-1\r\n
    > return {pcall(next,{},'x')}
    < *2\r\n$-1\r\n$21\r\ninvalid key to 'next'\r\n
    > return {pcall(next,1)}
    < *2\r\n$-1\r\n$51\r\nbad argument #1 to '?' (table expected, got number)\r\n
    > return {pcall(ipairs)}
    < *2\r\n$-1\r\n$53\r\nbad argument #1 to '?' (table expected, got no value)\r\n
    > return {pcall(pairs,1)}
    < *2\r\n$-1\r\n$51\r\nbad argument #1 to '?' (table expected, got number)\r\n
    > return {pcall(rawset,{},nil,1)}
    < *2\r\n$-1\r\n$18\r\ntable index is nil\r\n
    > return {pcall(rawget,1,1)}
    < *2\r\n$-1\r\n$51\r\nbad argument #1 to '?' (table expected, got number)\r\n
    > return {coroutine.running() or 'nil'}
    < *1\r\n$3\r\nnil\r\n
    > return {coroutine.status(coroutine.create(function() end))}
    < *1\r\n$9\r\nsuspended\r\n
    > return {coroutine.resume(coroutine.create(function(a) local b=coroutine.yield(a+1) return b end),1)}
    < *2\r\n:1\r\n:2\r\n
    > local co=coroutine.create(function() end) coroutine.resume(co) return {coroutine.resume(co)}
    < *2\r\n$-1\r\n$28\r\ncannot resume dead coroutine\r\n
    > return {pcall(coroutine.create,1)}
    < *2\r\n$-1\r\n$46\r\nbad argument #1 to '?' (Lua function expected)\r\n
    > return {pcall(coroutine.resume,1)}
    < *2\r\n$-1\r\n$43\r\nbad argument #1 to '?' (coroutine expected)\r\n
    > local f=coroutine.wrap(function() error('x') end) return {pcall(f)}
    < *2\r\n$-1\r\n$16\r\nuser_script:1: x\r\n
    > table.foreach({1,2},function(k,v) end) return {table.foreach({1,2},function(k,v) return k+v end)}
    < *1\r\n:2\r\n
    > return {table.foreachi({4,5},function(k,v) if k==2 then return v end end)}
    < *1\r\n:5\r\n
    > local t={5,2,8,1} table.sort(t) return t
    < *4\r\n:1\r\n:2\r\n:5\r\n:8\r\n
    > local t={5,2,8,1} table.sort(t,function(a,b) return a>b end) return t
    < *4\r\n:8\r\n:5\r\n:2\r\n:1\r\n
    > return {pcall(table.sort,{1,'x'})}
    < *2\r\n$-1\r\n$37\r\nattempt to compare string with number\r\n
    > return {pcall(table.sort,{3,1,2,5,4,7,6,9,8},function(a,b) return true end)}
    < *2\r\n$-1\r\n$34\r\ninvalid order function for sorting\r\n
    > return {pcall(table.sort,{1,2},1)}
    < *2\r\n$-1\r\n$54\r\nbad argument #2 to '?' (function expected, got number)\r\n
    > return {tostring(redis):sub(1,6),tostring(redis.call):sub(1,9)}
    < *2\r\n$6\r\ntable:\r\n$9\r\nfunction:\r\n
    > return 1,2
    < :1\r\n
    > return {1,2.5,'3',{4.7}}
    < *4\r\n:1\r\n:2\r\n$1\r\n3\r\n*1\r\n:4\r\n
    > return '1'
    < $1\r\n1\r\n
    > return 1e15
    < :1000000000000000\r\n
    > --[[ c ]] return 5
    < :5\r\n
    > return select('#',...)
    < :0\r\n
    > return {unpack({1,2,nil,4},1,4)}
    < *2\r\n:1\r\n:2\r\n
    > local goto = 1 return goto
    < :1\r\n
    > return 0x10p1
    < :32\r\n
    > return '\\x41\\65\\z'
    < $5\r\nx41Az\r\n
    > return '\\u{41}'
    < $5\r\nu{41}\r\n
    > return 10/2 ..''
    < $1\r\n5\r\n
    > return 'a'..10/4 ..'b'..2^10 ..3
    < $10\r\na2.5b10243\r\n
    > local x=5.0 return x..x..'-'..x*2
    < $5\r\n55-10\r\n
    > local t={a=3.0} return t.a..':'..t['a']..':'..#KEYS/2
    < $5\r\n3:3:1\r\n
    > return KEYS[1]..':'..ARGV[1]
    < $5\r\nk1:a1\r\n
    > return KEYS[1]..5
    < $3\r\nk15\r\n
    > return 'a'..'5'+1
    < $2\r\na6\r\n
    > return 1 ..2
    < $2\r\n12\r\n
    > return setmetatable({},{__concat=function(a,b) return 'cc' end})..'x'
    < $2\r\ncc\r\n
    > return 'x'..setmetatable({},{__concat=function(a,b) return type(a)..type(b) end})
    < $11\r\nstringtable\r\n
    > return ('x'):rep(3)..1e15 ..' '..2^53
    < $27\r\nxxx1e+15 9.007199254741e+15\r\n
    > return '\\q\\w\\65\\n\\x41'
    < $7\r\nqwA\nx41\r\n
    > return "\\'\\"\\\\\\z\\u{41}"
    < $9\r\n'"\\zu{41}\r\n
    > local goto=5 return goto
    < :5\r\n
    > return 1~=2
    < :1\r\n
    > local a = 5 < 6 return a
    < :1\r\n
    > return 0x20000000000001
    < :9007199254740992\r\n
    > return 0xffffffffffffffff
    < :-9223372036854775808\r\n
    > return 1e400
    < :-9223372036854775808\r\n
    > --[[ x .. y ]] return 1 -- a .. b
    < :1\r\n
    > return [[a..b]]..[==[c]]d]==]
    < $8\r\na..bc]]d\r\n
    > return "a..b"
    < $4\r\na..b\r\n
    > return 'a' .. [[b]] .. 1.0
    < $3\r\nab1\r\n
    > local s='' for i=1,3 do s=s..i/1 ..',' end return s
    < $6\r\n1,2,3,\r\n
    > return -2 ..''
    < $2\r\n-2\r\n
    > return 2^2 ..'' == '4'
    < :1\r\n
    > return #'abc'..''
    < $1\r\n3\r\n
    > return (1.5)..'|'..(1.0)
    < $5\r\n1.5|1\r\n
    > local a=1.0;local b=2.0 return a..b..a..b
    < $4\r\n1212\r\n
    > return {1.0 .. '', x=1, 2.0 ..'y'}
    < *2\r\n$1\r\n1\r\n$2\r\n2y\r\n
    > return select('#', ...)
    < :0\r\n
    > local function f(...) return select('#',...)..'' end return f(1,2)
    < $1\r\n2\r\n
    > return loadstring("return 4/2 ..''")()
    < $1\r\n2\r\n
    > return 'x'..-1
    < $3\r\nx-1\r\n
    > return 'x'..-0.0
    < $3\r\nx-0\r\n
    > return 'x'..0/0
    < $5\r\nx-nan\r\n
    > return 'x'..1/0
    < $4\r\nxinf\r\n
    > return 1 .. ''
    < $1\r\n1\r\n
    > return ("a"..1.0):upper()
    < $2\r\nA1\r\n
    > return tostring(1e15)..tostring(123456789012345)
    < $24\r\n1e+151.2345678901234e+14\r\n
    > return 100000000000000 ..'' 
    < $5\r\n1e+14\r\n
    > return 1000000000000000 ..'' 
    < $5\r\n1e+15\r\n
    > return 3 % -2 ..''
    < $2\r\n-1\r\n
    > return math.floor(7/2)..''
    < $1\r\n3\r\n
    > return math.floor(3.7)..','..math.sqrt(9)..','..math.max(1.0,2.0)
    < $5\r\n3,3,2\r\n
    > return tonumber('3.0')..''
    < $1\r\n3\r\n
    > return tonumber('10')/2 ..''
    < $1\r\n5\r\n
    > return string.format('%s %d', 3.0, 4.0)
    < $3\r\n3 4\r\n
    > return table.concat({1.0,2,3.5},' ')
    < $7\r\n1 2 3.5\r\n
    > return redis.sha1hex(1.0)
    < $40\r\n356a192b7913b04c54574d18c28d46e6395428ab\r\n
    > return 'a' < 'b'
    < :1\r\n
    > return '10'+5
    < :15\r\n
    > return '10'*'2'
    < :20\r\n
    > return '3'/2
    < :1\r\n
    > return 10 .. '5' + 1
    < $3\r\n106\r\n
    > return -'2'
    < :-2\r\n
    > return '0x10'+0
    < :16\r\n
    > return pcall(error,'x')
    < $-1\r\n
    > return {pcall(error,'x',1)}
    < *2\r\n$-1\r\n$1\r\nx\r\n
    > return {pcall(error,'x',2)}
    < *2\r\n$-1\r\n$16\r\nuser_script:1: x\r\n
    > local ok,e=pcall(function() local x=nil; x.y=1 end) return e
    < $55\r\nuser_script:1: attempt to index local 'x' (a nil value)\r\n
    > local ok,e=pcall(function() nosuch() end) return e
    < $78\r\nuser_script:1: Script attempted to access nonexistent global variable 'nosuch'\r\n
    > local ok,e=pcall(function() redis.nosuch() end) return e
    < $59\r\nuser_script:1: attempt to call field 'nosuch' (a nil value)\r\n
    > local ok,e=pcall(function() local a; a() end) return e
    < $54\r\nuser_script:1: attempt to call local 'a' (a nil value)\r\n
    > return 'a' .. (function() if true then return 'x' end end)() .. 'y'
    < $3\r\naxy\r\n
    > local f=function() return 5.0 end return 'n'..f()..'|'..f()
    < $4\r\nn5|5\r\n
    > local t={f=function(self,x) return x end} return 'a'..t:f(2.0)..t.f(1,3.0)
    < $3\r\na23\r\n
    > return 'x'..string.gsub('aa','a','b')
    < $3\r\nxbb\r\n
    > return string.gsub('aa','a','b')..'x'
    < $3\r\nbbx\r\n
    > local function f(...) return ... ..'x' end return f('a','b')
    < $2\r\nax\r\n
    > return 'x'..#'abc'..-3 ..'y'
    < $5\r\nx3-3y\r\n
    > return ('a'..'b')..('c'..1.0)
    < $4\r\nabc1\r\n
    > local t={a={b={'z'}}} return t.a.b[1]..t['a']['b'][ 1 ]
    < $2\r\nzz\r\n
    > local x='a' x=x..'b'..1.0 return x
    < $3\r\nab1\r\n
    > local a,b='x'..1.0,'y'..2.0 return a..b
    < $4\r\nx1y2\r\n
    > local t={['k'..1.0]=5} return t.k1
    < :5\r\n
    > return #('a'..1.0)
    < :2\r\n
    > return 'a'..1.0 == 'a1' and 'b'..2.0 or 'c'..3.0
    < $2\r\nb2\r\n
    > if 'a'..1.0 == 'a1' then return 'yes'..1.0 else return 'no' end
    < $4\r\nyes1\r\n
    > for i=1,2 do local s='x'..i/1 if s=='x2' then return s end end
    < $2\r\nx2\r\n
    > return 'a'
    < $1\r\na\r\n
    > return redis.call('set','k'..1.0,'v'..2.0)
    < +OK\r\n
    > return redis.call('get','k1')..''
    < $2\r\nv2\r\n
    > return tostring(1.0)..tostring(2.5)
    < $4\r\n12.5\r\n
    > local s='' for i=1,300 do s=s..i..',' end return #s
    < :1092\r\n
    > return 'a'..'b'..'c'..1.5 ..'d'..'e'
    < $8\r\nabc1.5de\r\n
    > local s = 'x' return s..s:upper()..s:rep(2)..#s
    < $5\r\nxXxx1\r\n
    > return "it's"..'"q"'..[[l]]..1.0
    < $9\r\nit's"q"l1\r\n
    > local not_a=1.0 return not_a..''
    < $1\r\n1\r\n
    > local ending=1.0 return ending..'' 
    < $1\r\n1\r\n
    > local t={} t.x='a'..1.0 t['y']='b'..2.0 return t.x..t.y
    < $4\r\na1b2\r\n
    > return 'a'..1.0, 'b'
    < $2\r\na1\r\n
    > return(1.0 ..'x')
    < $2\r\n1x\r\n
    > local function f() return 'z'..1.0 end; return f()
    < $2\r\nz1\r\n
    """#
}
