// Values that scripts return, as redis-server 7.0.15 converted them; the lines with 3 are RESP3.
//
// One script a line (>), with \\, \n and \0 for backslash, line break and zero byte; then its reply (<); a line
// with 3 is the reply in RESP3. To extend: write the script, ask the real server, and copy what it says.

extension OracleCases {
  static let conversions = #"""
    > local ok,t=pcall(function() error({err='My'}) end) return {type(t),t}
    < *2\r\n$6\r\nstring\r\n$2\r\nMy\r\n
    > local ok,t=xpcall(function() error({err='My'}) end, function(e) return e end) return {type(t),t}
    < *2\r\n$5\r\ntable\r\n-My\r\n
    > return redis.status_reply('x y')
    < +x y\r\n
    > return redis.status_reply('x\\r\\ny')
    < +x  y\r\n
    > return {ok='a\\r\\nb'}
    < +a  b\r\n
    > return {ok=''}
    < +\r\n
    > return {ok=1}
    < *0\r\n
    > return {err=1}
    < *0\r\n
    > return 3.99
    < :3\r\n
    > return 9007199254740993
    < :9007199254740992\r\n
    > return nil
    < $-1\r\n
    3 _\r\n
    > return true
    < :1\r\n
    > return false
    < $-1\r\n
    3 _\r\n
    > return {double=3.5}
    < $3\r\n3.5\r\n
    3 ,3.5\r\n
    > return {map={a=1}}
    < *2\r\n$1\r\na\r\n:1\r\n
    3 %1\r\n$1\r\na\r\n:1\r\n
    > return {set={a=true}}
    < *1\r\n$1\r\na\r\n
    3 ~1\r\n$1\r\na\r\n
    > return {big_number='123'}
    < $3\r\n123\r\n
    3 (123\r\n
    > return {verbatim_string={string='abc',format='txt'}}
    < $3\r\nabc\r\n
    3 =7\r\ntxt:abc\r\n
    > return {coroutine.resume(coroutine.create(function() error({err='x'}) end))}
    < *2\r\n$-1\r\n-x\r\n
    3 *2\r\n_\r\n-x\r\n
    > return redis.error_reply('FOO').err
    < $7\r\nERR FOO\r\n
    > return setmetatable({},{__index={err='x'}})
    < *0\r\n
    > return {map={[1]=2,x={1}}}
    < *4\r\n:1\r\n:2\r\n$1\r\nx\r\n*1\r\n:1\r\n
    3 %2\r\n:1\r\n:2\r\n$1\r\nx\r\n*1\r\n:1\r\n
    > return {map=1}
    < *0\r\n
    > return {double='3.5'}
    < *0\r\n
    > return {double=3}
    < $1\r\n3\r\n
    3 ,3\r\n
    > return {double=1e100}
    < $6\r\n1e+100\r\n
    3 ,1e+100\r\n
    > return {double=1/0}
    < $3\r\ninf\r\n
    3 ,inf\r\n
    > return {double=0/0}
    < $4\r\n-nan\r\n
    3 ,-nan\r\n
    > return {double=0.1}
    < $19\r\n0.10000000000000001\r\n
    3 ,0.10000000000000001\r\n
    > return {set={1,2}}
    < *2\r\n:1\r\n:2\r\n
    3 ~2\r\n:1\r\n:2\r\n
    > return {big_number='12\\r\\n3'}
    < $5\r\n12  3\r\n
    3 (12  3\r\n
    > return {big_number=12}
    < *0\r\n
    > return {verbatim_string={string='abc',format='txtx'}}
    < $3\r\nabc\r\n
    3 =7\r\ntxt:abc\r\n
    > return {verbatim_string={string='abc'}}
    < *0\r\n
    > return {verbatim_string='abc'}
    < *0\r\n
    > return {verbatim_string={string='a\\r\\nc',format='mk'}}
    < $4\r\na\r\nc\r\n
    3 =8\r\nmk :a\r\nc\r\n
    > redis.setresp(3) return true
    < :1\r\n
    3 #t\r\n
    > redis.setresp(3) return false
    < :0\r\n
    3 #f\r\n
    > redis.setresp(3) return {true,false,nil}
    < *2\r\n:1\r\n:0\r\n
    3 *2\r\n#t\r\n#f\r\n
    > return {pcall(assert,false,{err='m'})}
    < *2\r\n$-1\r\n$51\r\nbad argument #2 to '?' (string expected, got table)\r\n
    3 *2\r\n_\r\n$51\r\nbad argument #2 to '?' (string expected, got table)\r\n
    > local f=coroutine.wrap(function() error({err='x'}) end) return {pcall(f)}
    < *2\r\n$-1\r\n$1\r\nx\r\n
    3 *2\r\n_\r\n$1\r\nx\r\n
    > return -0.0
    < :0\r\n
    > return ...
    < $-1\r\n
    3 _\r\n
    > return 12345678901234567890
    < :-9223372036854775808\r\n
    """#
}
