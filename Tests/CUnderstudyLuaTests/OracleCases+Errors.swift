// Error texts of scripts, as redis-server 7.0.15 gave them. SHA stands for the SHA1 of the script.
//
// One script a line (>), with \\, \n and \0 for backslash, line break and zero byte; then its reply (<); a line
// with 3 is the reply in RESP3. To extend: write the script, ask the real server, and copy what it says.

extension OracleCases {
  static let errors = #"""
    > return redis.call('nosuch')
    < -ERR Unknown Redis command called from script script: SHA, on @user_script:1.\r\n
    > return redis.call('get')
    < -ERR Wrong number of args calling Redis command from script script: SHA, on @user_script:1.\r\n
    > return redis.call()
    < -ERR Please specify at least one argument for this redis lib call script: SHA, on @user_script:1.\r\n
    > return redis.call({})
    < -ERR Lua redis lib command arguments must be strings or integers script: SHA, on @user_script:1.\r\n
    > return redis.call('get',{})
    < -ERR Lua redis lib command arguments must be strings or integers script: SHA, on @user_script:1.\r\n
    > return redis.call('get',true)
    < -ERR Lua redis lib command arguments must be strings or integers script: SHA, on @user_script:1.\r\n
    > return redis.call('get',nil)
    < -ERR Lua redis lib command arguments must be strings or integers script: SHA, on @user_script:1.\r\n
    > return redis.pcall()
    < -ERR Please specify at least one argument for this redis lib call\r\n
    > return redis.pcall('get')
    < -ERR Wrong number of args calling Redis command from script\r\n
    > return redis.pcall('lpush','x')
    < -ERR Wrong number of args calling Redis command from script\r\n
    > redis.call('set','s','1') return redis.call('lpush','s','1')
    < -WRONGTYPE Operation against a key holding the wrong kind of value script: SHA, on @user_script:1.\r\n
    > return redis.pcall('lpush','s','1')
    < -WRONGTYPE Operation against a key holding the wrong kind of value\r\n
    > error('boom')
    < -ERR user_script:1: boom script: SHA, on @user_script:1.\r\n
    > error('boom',0)
    < -ERR boom script: SHA, on @user_script:1.\r\n
    > error({err='MYERR boom'})
    < -MYERR boom script: SHA, on @user_script:1.\r\n
    > error({err='MYERR boom\\r\\nx'})
    < -MYERR boom  x script: SHA, on @user_script:1.\r\n
    > error(redis.error_reply('x y'))
    < -x y script: SHA, on @user_script:1.\r\n
    > error(42)
    < -ERR user_script:1: 42 script: SHA, on @user_script:1.\r\n
    > return redis.error_reply('x y')
    < -x y\r\n
    > return redis.error_reply('-x y')
    < -x y\r\n
    > return redis.error_reply('-')
    < -ERR \r\n
    > return redis.error_reply('')
    < -ERR \r\n
    > return redis.error_reply(1)
    < -ERR wrong number or type of arguments\r\n
    > return redis.error_reply()
    < -ERR wrong number or type of arguments\r\n
    > return redis.error_reply('a','b')
    < -ERR wrong number or type of arguments\r\n
    > return redis.error_reply({})
    < -ERR wrong number or type of arguments\r\n
    > return redis.status_reply()
    < -ERR wrong number or type of arguments\r\n
    > return {err='a\\r\\nb'}
    < -a  b\r\n
    > return {err='a'}
    < -a\r\n
    > return {err='ERR a'}
    < -ERR a\r\n
    > return {err=''}
    < -\r\n
    > x=1
    < -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    > redis.call=1
    < -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    > redis.foo=1
    < -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    > redis=1
    < -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    > KEYS=1
    < -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    > string.foo=1
    < -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    > _G.x=1
    < -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    > setmetatable(_G,{})
    < -ERR Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    > rawset(_G,'a',1)
    < -ERR Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    > foo bar
    < -ERR Error compiling script (new function): user_script:1: '=' expected near 'bar'\r\n
    > return 1 +
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near '<eof>'\r\n
    > local x = "abc
    < -ERR Error compiling script (new function): user_script:1: unfinished string near '<eof>'\r\n
    > goto x
    < -ERR Error compiling script (new function): user_script:1: '=' expected near 'x'\r\n
    > return redis.sha1hex()
    < -ERR wrong number of arguments script: SHA, on @user_script:1.\r\n
    > return redis.sha1hex('a','b')
    < -ERR wrong number of arguments script: SHA, on @user_script:1.\r\n
    > return redis.log()
    < -ERR redis.log() requires two arguments or more. script: SHA, on @user_script:1.\r\n
    > return redis.log(3)
    < -ERR redis.log() requires two arguments or more. script: SHA, on @user_script:1.\r\n
    > return redis.log('x','y')
    < -ERR First argument must be a number (log level). script: SHA, on @user_script:1.\r\n
    > return redis.log(9,'y')
    < -ERR Invalid debug level. script: SHA, on @user_script:1.\r\n
    > return redis.setresp(4)
    < -ERR RESP version must be 2 or 3. script: SHA, on @user_script:1.\r\n
    > return redis.setresp()
    < -ERR redis.setresp() requires one argument. script: SHA, on @user_script:1.\r\n
    > return redis.setresp('x')
    < -ERR RESP version must be 2 or 3. script: SHA, on @user_script:1.\r\n
    > return redis.set_repl()
    < -ERR redis.set_repl() requires two arguments. script: SHA, on @user_script:1.\r\n
    > local function f() return 1+f() end return f()
    < -ERR user_script:1: stack overflow script: SHA, on @user_script:1.\r\n
    > return coroutine.yield()
    < -ERR attempt to yield across metamethod/C-call boundary script: SHA, on @user_script:1.\r\n
    > return redis.call('nosuch','a')
    < -ERR Unknown Redis command called from script script: SHA, on @user_script:1.\r\n
    > return redis.call('GeT')
    < -ERR Wrong number of args calling Redis command from script script: SHA, on @user_script:1.\r\n
    > return redis.error_reply('FOO')
    < -ERR FOO\r\n
    > return redis.error_reply('-FOO')
    < -ERR FOO\r\n
    > return redis.error_reply('FOO\\r\\nbar')
    < -ERR FOO  bar\r\n
    > return redis.error_reply(' a b')
    < - a b\r\n
    > error(redis.error_reply('FOO'))
    < -ERR FOO script: SHA, on @user_script:1.\r\n
    > error()
    < -ERR nil script: SHA, on @user_script:1.\r\n
    > error(nil)
    < -ERR nil script: SHA, on @user_script:1.\r\n
    > error({err=1})
    < -1 script: SHA, on @user_script:1.\r\n
    > error({err='x',source='s',line=3})
    < -x script: SHA, on @user_script:1.\r\n
    > error('a\\nb')
    < -ERR user_script:1: a b script: SHA, on @user_script:1.\r\n
    > return {err='x',ok='y'}
    < -x\r\n
    > return {xpcall(1)}
    < -ERR user_script:1: bad argument #2 to 'xpcall' (value expected) script: SHA, on @user_script:1.\r\n
    > local f=coroutine.wrap(function() redis.call('nosuch') end) f()
    < -ERR Unknown Redis command called from script script: SHA, on @user_script:1.\r\n
    > return redis.acl_check_cmd()
    < -ERR Please specify at least one argument for this redis lib call script: SHA, on @user_script:1.\r\n
    > return redis.acl_check_cmd({})
    < -ERR Lua redis lib command arguments must be strings or integers script: SHA, on @user_script:1.\r\n
    > goto = 1
    < -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    > local a <const> = 1
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near '<'\r\n
    > return 7//2
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near '/'\r\n
    > return 1<<2
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near '<'\r\n
    > ::x::
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near ':'\r\n
    > local x return 'a'..x
    < -ERR user_script:1: attempt to concatenate local 'x' (a nil value) script: SHA, on @user_script:1.\r\n
    > local x return x..'a'
    < -ERR user_script:1: attempt to concatenate local 'x' (a nil value) script: SHA, on @user_script:1.\r\n
    > local t={} return 'a'..t.x
    < -ERR user_script:1: attempt to concatenate field 'x' (a nil value) script: SHA, on @user_script:1.\r\n
    > local t={} return t.x..'a'
    < -ERR user_script:1: attempt to concatenate field 'x' (a nil value) script: SHA, on @user_script:1.\r\n
    > return 'k'..ARGV[9]
    < -ERR user_script:1: attempt to concatenate field '?' (a nil value) script: SHA, on @user_script:1.\r\n
    > return ARGV[9]..'k'
    < -ERR user_script:1: attempt to concatenate field '?' (a nil value) script: SHA, on @user_script:1.\r\n
    > return 'a'..true
    < -ERR user_script:1: attempt to concatenate a boolean value script: SHA, on @user_script:1.\r\n
    > return 'a'..(nil)
    < -ERR user_script:1: attempt to concatenate a nil value script: SHA, on @user_script:1.\r\n
    > return 'a'..redis.call('get','nosuch')
    < -ERR user_script:1: attempt to concatenate a boolean value script: SHA, on @user_script:1.\r\n
    > goto continue
    < -ERR Error compiling script (new function): user_script:1: '=' expected near 'continue'\r\n
    > ::a::
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near ':'\r\n
    > return 1&2
    < -ERR Error compiling script (new function): user_script:1: '<eof>' expected near '&'\r\n
    > return 1|2
    < -ERR Error compiling script (new function): user_script:1: '<eof>' expected near '|'\r\n
    > return ~1
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near '~'\r\n
    > return 2>>1
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near '>'\r\n
    > local a <const> = 5
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near '<'\r\n
    > local a,b<close> = 5
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near '<'\r\n
    > return 3..2
    < -ERR Error compiling script (new function): user_script:1: malformed number near '3..2'\r\n
    > return "unfinished
    < -ERR Error compiling script (new function): user_script:1: unfinished string near '<eof>'\r\n
    > return [[unfinished
    < -ERR Error compiling script (new function): user_script:1: unfinished long string near '<eof>'\r\n
    > --[[ unfinished
    < -ERR Error compiling script (new function): user_script:1: unfinished long comment near '<eof>'\r\n
    > return not nil..''
    < -ERR user_script:1: attempt to concatenate a boolean value script: SHA, on @user_script:1.\r\n
    > return 'a'..'b'..nil
    < -ERR user_script:1: attempt to concatenate a nil value script: SHA, on @user_script:1.\r\n
    > local n = nil; return 'prefix:'..n..':suffix'
    < -ERR user_script:1: attempt to concatenate local 'n' (a nil value) script: SHA, on @user_script:1.\r\n
    > local a,b='x',nil; return a..b
    < -ERR user_script:1: attempt to concatenate local 'b' (a nil value) script: SHA, on @user_script:1.\r\n
    > return KEYS[1]..KEYS[3]..'x'
    < -ERR user_script:1: attempt to concatenate field '?' (a nil value) script: SHA, on @user_script:1.\r\n
    > local t={{}} return t[1].x..'y'
    < -ERR user_script:1: attempt to concatenate field 'x' (a nil value) script: SHA, on @user_script:1.\r\n
    > if 1..'' == '1' then return 1 end
    < -ERR Error compiling script (new function): user_script:1: malformed number near '1..'\r\n
    > return 5.5 // 1
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near '/'\r\n
    > return 2^31 | 0
    < -ERR Error compiling script (new function): user_script:1: '<eof>' expected near '|'\r\n
    > return {}+1
    < -ERR user_script:1: attempt to perform arithmetic on a table value script: SHA, on @user_script:1.\r\n
    > return nil+1
    < -ERR user_script:1: attempt to perform arithmetic on a nil value script: SHA, on @user_script:1.\r\n
    > local x={} return x.a.b
    < -ERR user_script:1: attempt to index field 'a' (a nil value) script: SHA, on @user_script:1.\r\n
    > local x={} return x.a.b.c
    < -ERR user_script:1: attempt to index field 'a' (a nil value) script: SHA, on @user_script:1.\r\n
    > local x={} x.y()
    < -ERR user_script:1: attempt to call field 'y' (a nil value) script: SHA, on @user_script:1.\r\n
    > local x={} x:y()
    < -ERR user_script:1: attempt to call method 'y' (a nil value) script: SHA, on @user_script:1.\r\n
    > return ('x').y.z
    < -ERR user_script:1: attempt to index field 'y' (a nil value) script: SHA, on @user_script:1.\r\n
    > return 1 < 'x'
    < -ERR user_script:1: attempt to compare number with string script: SHA, on @user_script:1.\r\n
    > return {} < {}
    < -ERR user_script:1: attempt to compare two table values script: SHA, on @user_script:1.\r\n
    > return {} < 1
    < -ERR user_script:1: attempt to compare table with number script: SHA, on @user_script:1.\r\n
    > return nil > 1
    < -ERR user_script:1: attempt to compare number with nil script: SHA, on @user_script:1.\r\n
    > return #nil
    < -ERR user_script:1: attempt to get length of a nil value script: SHA, on @user_script:1.\r\n
    > return -{}
    < -ERR user_script:1: attempt to perform arithmetic on a table value script: SHA, on @user_script:1.\r\n
    > for i='a',2 do end
    < -ERR user_script:1: 'for' initial value must be a number script: SHA, on @user_script:1.\r\n
    > for i=1,2,'x' do end
    < -ERR user_script:1: 'for' step must be a number script: SHA, on @user_script:1.\r\n
    > for k,v in nil do end
    < -ERR user_script:1: attempt to call a nil value script: SHA, on @user_script:1.\r\n
    > return redis.call('get', KEYS[1], 'x')
    < -ERR Wrong number of args calling Redis command from script script: SHA, on @user_script:1.\r\n
    > local function f() error('deep') end f()
    < -ERR user_script:1: deep script: SHA, on @user_script:1.\r\n
    > local function f() error('deep',2) end f()
    < -ERR user_script:1: deep script: SHA, on @user_script:1.\r\n
    > ("x"):bad()
    < -ERR user_script:1: attempt to call method 'bad' (a nil value) script: SHA, on @user_script:1.\r\n
    > tonumber()
    < -ERR user_script:1: bad argument #1 to 'tonumber' (value expected) script: SHA, on @user_script:1.\r\n
    > redis.call('set','k')
    < -ERR Wrong number of args calling Redis command from script script: SHA, on @user_script:1.\r\n
    > string.format('%d')
    < -ERR user_script:1: bad argument #2 to 'format' (no value) script: SHA, on @user_script:1.\r\n
    > tostring()
    < -ERR user_script:1: bad argument #1 to 'tostring' (value expected) script: SHA, on @user_script:1.\r\n
    > error('x\\ny')
    < -ERR user_script:1: x y script: SHA, on @user_script:1.\r\n
    > assert(false)
    < -ERR user_script:1: assertion failed! script: SHA, on @user_script:1.\r\n
    > assert(nil,'msg')
    < -ERR user_script:1: msg script: SHA, on @user_script:1.\r\n
    > assert(false,'msg\\nx')
    < -ERR user_script:1: msg x script: SHA, on @user_script:1.\r\n
    > local 1
    < -ERR Error compiling script (new function): user_script:1: '<name>' expected near '1'\r\n
    > local function 1
    < -ERR Error compiling script (new function): user_script:1: '<name>' expected near '1'\r\n
    > for 1
    < -ERR Error compiling script (new function): user_script:1: '<name>' expected near '1'\r\n
    > return 1 2
    < -ERR Error compiling script (new function): user_script:1: '<eof>' expected near '2'\r\n
    > return }
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near '}'\r\n
    > if x then
    < -ERR Error compiling script (new function): user_script:1: 'end' expected near '<eof>'\r\n
    > if x
    < -ERR Error compiling script (new function): user_script:1: 'then' expected near '<eof>'\r\n
    > while true do
    < -ERR Error compiling script (new function): user_script:1: 'end' expected near '<eof>'\r\n
    > function f(
    < -ERR Error compiling script (new function): user_script:1: <name> or '...' expected near '<eof>'\r\n
    > x = 
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near '<eof>'\r\n
    > x = {1,2
    < -ERR Error compiling script (new function): user_script:1: '}' expected near '<eof>'\r\n
    > f(
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near '<eof>'\r\n
    > return "a\\
    < -ERR Error compiling script (new function): user_script:1: unfinished string near '<eof>'\r\n
    > b"
    < -ERR Error compiling script (new function): user_script:1: unfinished string near '<eof>'\r\n
    > local function f(...) return 'x'..... end return f('a','b')
    < -ERR Error compiling script (new function): user_script:1: 'end' expected near '...'\r\n
    > local x = 'a'..'b' local y = x..x z = 1
    < -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    > return {['k'..1.0]=5}['k1']
    < -ERR Error compiling script (new function): user_script:1: '<eof>' expected near '['\r\n
    > ..1.0 ..
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near '..'\r\n
    > 'b'
    < -ERR Error compiling script (new function): user_script:1: unexpected symbol near ''b''\r\n
    > local x={y={}} return x.y.z..'a'
    < -ERR user_script:1: attempt to concatenate field 'z' (a nil value) script: SHA, on @user_script:1.\r\n
    > local x={y={}} return 'a'..x.y.z
    < -ERR user_script:1: attempt to concatenate field 'z' (a nil value) script: SHA, on @user_script:1.\r\n
    """#
}
