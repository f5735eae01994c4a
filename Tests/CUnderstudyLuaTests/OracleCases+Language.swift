// What 5.1's language and library answer, as redis-server 7.0.15 answered it.
//
// One script a line (>), with \\, \n and \0 for backslash, line break and zero byte; then its reply (<); a line
// with 3 is the reply in RESP3. To extend: write the script, ask the real server, and copy what it says.

extension OracleCases {
  static let language = #"""
    > return redis.pcall('nosuch').err
    < $44\r\nERR Unknown Redis command called from script\r\n
    > local ok,t=pcall(function() error({1,2}) end) return {type(t),t}
    < *2\r\n$5\r\ntable\r\n*2\r\n:1\r\n:2\r\n
    > return {1,2,nil,3}
    < *2\r\n:1\r\n:2\r\n
    > return {1,2,{3,'x',{}},true,false,3.99,-3.99}
    < *7\r\n:1\r\n:2\r\n*3\r\n:3\r\n$1\r\nx\r\n*0\r\n:1\r\n$-1\r\n:3\r\n:-3\r\n
    > return 1e300
    < :-9223372036854775808\r\n
    > return 0/0
    < :-9223372036854775808\r\n
    > return 1/0
    < :-9223372036854775808\r\n
    > return -1/0
    < :-9223372036854775808\r\n
    > return function() end
    < $-1\r\n
    > return {function() end,2}
    < *2\r\n$-1\r\n:2\r\n
    > return {true}
    < *1\r\n:1\r\n
    > return {false}
    < *1\r\n$-1\r\n
    > return {[1]='a',[3]='c'}
    < *1\r\n$1\r\na\r\n
    > return pcall(function() return x end)
    < $-1\r\n
    > return {pcall(function() return x end)}
    < *2\r\n$-1\r\n$73\r\nuser_script:1: Script attempted to access nonexistent global variable 'x'\r\n
    > return "\\q"
    < $1\r\nq\r\n
    > return redis.sha1hex('')
    < $40\r\nda39a3ee5e6b4b0d3255bfef95601890afd80709\r\n
    > return redis.sha1hex(1.5)
    < $40\r\naa8f289ebe6d4db1b4a1038b8931ec8c2b5399fb\r\n
    > return redis.sha1hex({})
    < $40\r\nda39a3ee5e6b4b0d3255bfef95601890afd80709\r\n
    > return redis.log(3,'y')
    < $-1\r\n
    > return redis.log(redis.LOG_WARNING,'y',1)
    < $-1\r\n
    > return {redis.LOG_DEBUG,redis.LOG_VERBOSE,redis.LOG_NOTICE,redis.LOG_WARNING}
    < *4\r\n:0\r\n:1\r\n:2\r\n:3\r\n
    > return redis.setresp(3)
    < $-1\r\n
    > return redis.set_repl('x')
    < $-1\r\n
    > return {redis.REPL_ALL,redis.REPL_NONE,redis.REPL_AOF,redis.REPL_SLAVE,redis.REPL_REPLICA}
    < *5\r\n:3\r\n:0\r\n:1\r\n:2\r\n:2\r\n
    > return redis.replicate_commands()
    < :1\r\n
    > return redis.breakpoint()
    < $-1\r\n
    > return redis.debug('x')
    < $-1\r\n
    > return {redis.REDIS_VERSION,redis.REDIS_VERSION_NUM}
    < *2\r\n$6\r\n7.0.15\r\n:458767\r\n
    > local o={} for k,v in pairs(coroutine) do o[#o+1]=k end table.sort(o) return o
    < *6\r\n$6\r\ncreate\r\n$6\r\nresume\r\n$7\r\nrunning\r\n$6\r\nstatus\r\n$4\r\nwrap\r\n$5\r\nyield\r\n
    > return _VERSION
    < $7\r\nLua 5.1\r\n
    > return tostring(getmetatable(redis))
    < $3\r\nnil\r\n
    > return {pcall(function() local function f() return 1+f() end return f() end)}
    < *2\r\n$-1\r\n$29\r\nuser_script:1: stack overflow\r\n
    > return coroutine.wrap(function() return 1 end)()
    < :1\r\n
    > return {coroutine.resume(coroutine.create(function() error('x') end))}
    < *2\r\n$-1\r\n$16\r\nuser_script:1: x\r\n
    > return redis.call('set','f',0.1)
    < +OK\r\n
    > return redis.call('get','f')
    < $19\r\n0.10000000000000001\r\n
    > redis.call('set','f',3.0) return redis.call('get','f')
    < $1\r\n3\r\n
    > redis.call('set','f',1e15) return redis.call('get','f')
    < $16\r\n1000000000000000\r\n
    > redis.call('set','f',1e20) return redis.call('get','f')
    < $5\r\n1e+20\r\n
    > redis.call('set','f',1e17) return redis.call('get','f')
    < $5\r\n1e+17\r\n
    > redis.call('set','f',12345678901234567) return redis.call('get','f')
    < $17\r\n12345678901234568\r\n
    > redis.call('set','f',0/0) return redis.call('get','f')
    < $4\r\n-nan\r\n
    > redis.call('set','f',1/0) return redis.call('get','f')
    < $3\r\ninf\r\n
    > redis.call('set','f',-0.0) return redis.call('get','f')
    < $2\r\n-0\r\n
    > redis.call('set','f',0.1+0.2) return redis.call('get','f')
    < $19\r\n0.30000000000000004\r\n
    > return tostring(0.1+0.2)
    < $3\r\n0.3\r\n
    > return tostring(1e15)..' '..1e14 ..' '..1e16 ..' '.. 123456789012345678
    < $37\r\n1e+15 1e+14 1e+16 1.2345678901235e+17\r\n
    > return tostring(-0.0)
    < $2\r\n-0\r\n
    > return tostring(0/0)..tostring(1/0)
    < $7\r\n-naninf\r\n
    > return {tostring(3.0), 10/2 ..'', 2^53 ..'', 2^31 ..''}
    < *4\r\n$1\r\n3\r\n$1\r\n5\r\n$18\r\n9.007199254741e+15\r\n$10\r\n2147483648\r\n
    > return setmetatable({},{__index=function(t,i) return i<3 and i or nil end})
    < *0\r\n
    > return setmetatable({1},{__index=function(t,i) return 5 end})
    < *1\r\n:1\r\n
    > redis.setresp(2) return {type(redis.call('get','nosuch')), tostring(redis.call('get','nosuch'))}
    < *2\r\n$7\r\nboolean\r\n$5\r\nfalse\r\n
    > return type(redis.call('set','a','b'))
    < $5\r\ntable\r\n
    > return rawget(_G,'nosuch')
    < $-1\r\n
    > return #KEYS..#ARGV
    < $2\r\n22\r\n
    > KEYS[1]='z' return KEYS
    < *2\r\n$1\r\nz\r\n$2\r\nk2\r\n
    > KEYS.x=1 return KEYS.x
    < :1\r\n
    > return {pcall(redis.call)}
    < *2\r\n$-1\r\n$64\r\nERR Please specify at least one argument for this redis lib call\r\n
    > return {pcall(error)}
    < *1\r\n$-1\r\n
    > return {pcall(error,nil)}
    < *1\r\n$-1\r\n
    > return {pcall()}
    < *2\r\n$-1\r\n$31\r\nattempt to call a boolean value\r\n
    > return {pcall(1)}
    < *2\r\n$-1\r\n$30\r\nattempt to call a number value\r\n
    > return {xpcall(error,function() error('x') end)}
    < *2\r\n$-1\r\n$23\r\nerror in error handling\r\n
    > return {pcall(string.rep)}
    < *2\r\n$-1\r\n$54\r\nbad argument #1 to '?' (string expected, got no value)\r\n
    > return {pcall(string.rep,'x',-1)}
    < *2\r\n:1\r\n$0\r\n\r\n
    > return {pcall(string.format,'%d','x')}
    < *2\r\n$-1\r\n$52\r\nbad argument #2 to '?' (number expected, got string)\r\n
    > return {pcall(string.format,'%d',3.7)}
    < *2\r\n:1\r\n$1\r\n3\r\n
    > return {pcall(string.format,'%s',{})}
    < *2\r\n$-1\r\n$51\r\nbad argument #2 to '?' (string expected, got table)\r\n
    > return {pcall(string.format,'%s')}
    < *2\r\n$-1\r\n$33\r\nbad argument #2 to '?' (no value)\r\n
    > return {pcall(string.format,'%y',1)}
    < *2\r\n$-1\r\n$31\r\ninvalid option '%y' to 'format'\r\n
    > return {pcall(string.format,'%q','a\\nb\\0c"\\r')}
    < *2\r\n:1\r\n$15\r\n"a\\\nb\\000c\\"\\r"\r\n
    > return {pcall(string.format,'%s',3.0)}
    < *2\r\n:1\r\n$1\r\n3\r\n
    > return {pcall(string.format,'%d',1e20)}
    < *2\r\n:1\r\n$20\r\n-9223372036854775808\r\n
    > return {pcall(string.format,'%x',-1)}
    < *2\r\n:1\r\n$16\r\nffffffffffffffff\r\n
    > return {pcall(string.format,'%123d',1)}
    < *2\r\n$-1\r\n$44\r\ninvalid format (width or precision too long)\r\n
    > return {pcall(string.format,'%.123d',1)}
    < *2\r\n$-1\r\n$44\r\ninvalid format (width or precision too long)\r\n
    > return {pcall(string.format,'%a',1)}
    < *2\r\n$-1\r\n$31\r\ninvalid option '%a' to 'format'\r\n
    > return {pcall(table.concat,{1,{},3})}
    < *2\r\n$-1\r\n$54\r\ninvalid value (table) at index 2 in table for 'concat'\r\n
    > return {pcall(table.concat,{1,2.5,3.0},',')}
    < *2\r\n:1\r\n$7\r\n1,2.5,3\r\n
    > return {pcall(table.insert,{},1,2,3)}
    < *2\r\n$-1\r\n$37\r\nwrong number of arguments to 'insert'\r\n
    > return {pcall(table.insert,{})}
    < *2\r\n$-1\r\n$37\r\nwrong number of arguments to 'insert'\r\n
    > local t={1,2,3} table.insert(t,6,'x') return {#t,tostring(t[6]),table.maxn(t)}
    < *3\r\n:3\r\n$1\r\nx\r\n:6\r\n
    > local t={1,2,3} table.insert(t,-1,'x') return {tostring(t[-1]),t[1],t[2],t[3],t[4]}
    < *1\r\n$1\r\nx\r\n
    > return {pcall(table.remove,{})}
    < *1\r\n:1\r\n
    > return {table.remove({1,2,3},1),table.remove({1,2,3},7) or 'nil',table.remove({1,2,3})}
    < *3\r\n:1\r\n$3\r\nnil\r\n:3\r\n
    > return {pcall(table.setn,{},1)}
    < *2\r\n$-1\r\n$18\r\n'setn' is obsolete\r\n
    > return {pcall(table.getn,1)}
    < *2\r\n$-1\r\n$51\r\nbad argument #1 to '?' (table expected, got number)\r\n
    > return {pcall(unpack,{1,2},1,1e8)}
    < *2\r\n$-1\r\n$26\r\ntoo many results to unpack\r\n
    > return {pcall(unpack,{1,2},1,9000)} 
    < *2\r\n$-1\r\n$26\r\ntoo many results to unpack\r\n
    > return #{pcall(unpack,{1,2},1,7990)} 
    < :3\r\n
    > return {pcall(unpack)}
    < *2\r\n$-1\r\n$53\r\nbad argument #1 to '?' (table expected, got no value)\r\n
    > return {pcall(select,0)}
    < *2\r\n$-1\r\n$43\r\nbad argument #1 to '?' (index out of range)\r\n
    > return {select(-1,1,2,3)}
    < *1\r\n:3\r\n
    > return {select('#',1,2)}
    < *1\r\n:2\r\n
    > return {pcall(select,-5,1)}
    < *2\r\n$-1\r\n$43\r\nbad argument #1 to '?' (index out of range)\r\n
    > return {pcall(tonumber)}
    < *2\r\n$-1\r\n$39\r\nbad argument #1 to '?' (value expected)\r\n
    > return {pcall(tonumber,'1',99)}
    < *2\r\n$-1\r\n$42\r\nbad argument #2 to '?' (base out of range)\r\n
    > return {tonumber('5\\0'),tonumber('5\\0x'),tonumber('5 \\0'),tonumber('\\0'),1}
    < *3\r\n:5\r\n:5\r\n:5\r\n
    > return {tonumber('7fffffffffffffff',16)}
    < *1\r\n:-9223372036854775808\r\n
    > return {tostring(tonumber('-ff',16)),tostring(tonumber(15,16)),tostring(tonumber('1.5',10))}
    < *3\r\n$18\r\n1.844674407371e+19\r\n$2\r\n21\r\n$3\r\n1.5\r\n
    > return {pcall(setmetatable,1,{})}
    < *2\r\n$-1\r\n$51\r\nbad argument #1 to '?' (table expected, got number)\r\n
    > return {pcall(setmetatable,{})}
    < *2\r\n$-1\r\n$46\r\nbad argument #2 to '?' (nil or table expected)\r\n
    > return {pcall(setmetatable,{},1)}
    < *2\r\n$-1\r\n$46\r\nbad argument #2 to '?' (nil or table expected)\r\n
    > return {pcall(setmetatable,setmetatable({},{__metatable=1}),{})}
    < *2\r\n$-1\r\n$35\r\ncannot change a protected metatable\r\n
    > return getmetatable(setmetatable({},{__metatable='x'}))
    < $1\r\nx\r\n
    > return {pcall(getmetatable)}
    < *2\r\n$-1\r\n$39\r\nbad argument #1 to '?' (value expected)\r\n
    > return tostring(setmetatable({},{__tostring=function() return 'hi' end}))
    < $2\r\nhi\r\n
    > return {pcall(tostring,setmetatable({},{__tostring=function() return 1 end}))}
    < *2\r\n:1\r\n:1\r\n
    > return {pcall(tostring,setmetatable({},{__tostring=function() return {} end}))}
    < *2\r\n:1\r\n*0\r\n
    > return {pcall(tostring)}
    < *2\r\n$-1\r\n$39\r\nbad argument #1 to '?' (value expected)\r\n
    > return {pcall(assert,false)}
    < *2\r\n$-1\r\n$17\r\nassertion failed!\r\n
    > return {pcall(assert,nil,'m')}
    < *2\r\n$-1\r\n$1\r\nm\r\n
    > return {assert(1,2,3)}
    < *3\r\n:1\r\n:2\r\n:3\r\n
    > return {pcall(load,function() return nil end)}
    < *2\r\n:1\r\n$-1\r\n
    > return {pcall(loadstring,'return 1')}
    < *2\r\n:1\r\n$-1\r\n
    > return {loadstring('return +')}
    < *0\r\n
    > return {loadstring('return +','=x')}
    < *0\r\n
    > return {loadstring('return +','@x')}
    < *0\r\n
    > return {loadstring('return +\\n','abc\\ndef')}
    < *0\r\n
    > return {load(function() error('x') end)}
    < *0\r\n
    > return {pcall(load,'return 1')}
    < *2\r\n$-1\r\n$54\r\nbad argument #1 to '?' (function expected, got string)\r\n
    > return {pcall(loadstring,'\\27Lua')}
    < *1\r\n:1\r\n
    > return loadstring('return 1')()
    < :1\r\n
    > return {pcall(collectgarbage,'foo')}
    < *2\r\n$-1\r\n$45\r\nbad argument #1 to '?' (invalid option 'foo')\r\n
    > return {pcall(collectgarbage,'stop')}
    < *2\r\n:1\r\n:0\r\n
    > return {pcall(math.max)}
    < *2\r\n$-1\r\n$54\r\nbad argument #1 to '?' (number expected, got no value)\r\n
    > return {pcall(math.floor,'x')}
    < *2\r\n$-1\r\n$52\r\nbad argument #1 to '?' (number expected, got string)\r\n
    > return {pcall(math.floor)}
    < *2\r\n$-1\r\n$54\r\nbad argument #1 to '?' (number expected, got no value)\r\n
    > return {string.find('abc','b'),string.find('abc','b',1,true),string.find('abc','(b)(c)')}
    < *6\r\n:2\r\n:2\r\n:2\r\n:3\r\n$1\r\nb\r\n$1\r\nc\r\n
    > return {pcall(string.find,'abc','(b')}
    < *2\r\n$-1\r\n$18\r\nunfinished capture\r\n
    > return {pcall(string.find,'abc','[b')}
    < *2\r\n$-1\r\n$31\r\nmalformed pattern (missing ']')\r\n
    > return {pcall(string.find,'abc','%')}
    < *2\r\n$-1\r\n$33\r\nmalformed pattern (ends with '%')\r\n
    > return {pcall(string.find,'abc','b)')}
    < *1\r\n:1\r\n
    > return {pcall(string.find,'abc','%f')}
    < *2\r\n$-1\r\n$33\r\nmissing '[' after '%f' in pattern\r\n
    > return {pcall(string.gsub,'abc','b','%2')}
    < *2\r\n$-1\r\n$21\r\ninvalid capture index\r\n
    > return {pcall(string.gsub,'abc','b','%')}
    < *3\r\n:1\r\n$3\r\na\0c\r\n:1\r\n
    > return {pcall(string.gsub,'abc','b',true)}
    < *2\r\n$-1\r\n$55\r\nbad argument #3 to '?' (string/function/table expected)\r\n
    > return {pcall(string.gsub,'abc','b',function() return {} end)}
    < *2\r\n$-1\r\n$35\r\ninvalid replacement value (a table)\r\n
    > return {string.gsub('hello world','o','0',1)}
    < *2\r\n$11\r\nhell0 world\r\n:1\r\n
    > return {string.gsub('abc','','-')}
    < *2\r\n$7\r\n-a-b-c-\r\n:4\r\n
    > return {string.gsub('abc','%w','%0%0')}
    < *2\r\n$6\r\naabbcc\r\n:3\r\n
    > return {string.gsub('hello','l',{l='L'})}
    < *2\r\n$5\r\nheLLo\r\n:2\r\n
    > return {pcall(string.gsub,'abc','b','x','y')}
    < *2\r\n$-1\r\n$52\r\nbad argument #4 to '?' (number expected, got string)\r\n
    > local o={} for k,v in string.gmatch('a=1,b=2','(%w)=(%w)') do o[#o+1]=k..v end return o
    < *2\r\n$2\r\na1\r\n$2\r\nb2\r\n
    > local o={} for k in string.gmatch('abc','') do o[#o+1]='x' end return #o
    < :4\r\n
    > return {string.find('a\\0b','%z')}
    < *2\r\n:2\r\n:2\r\n
    > return {string.find('a.b','.',1,true)}
    < *2\r\n:2\r\n:2\r\n
    > return {string.find('abc','c',-1),string.find('abc','',10),string.find('','')}
    < *4\r\n:3\r\n:4\r\n:1\r\n:0\r\n
    > return {string.find('THE (quick) fox','%((%a+)%)')}
    < *3\r\n:5\r\n:11\r\n$5\r\nquick\r\n
    > return {string.match('key = value','^(%w+)%s*=%s*(%w+)$')}
    < *2\r\n$3\r\nkey\r\n$5\r\nvalue\r\n
    """#
}
