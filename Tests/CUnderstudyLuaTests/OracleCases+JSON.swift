// cjson, as redis-server 7.0.15 answered.
//
// One script a line (>), with \\, \n and \0 for backslash, line break and zero byte; then its reply (<); a line
// with 3 is the reply in RESP3. To extend: write the script, ask the real server, and copy what it says.

extension OracleCases {
  static let json = #"""
    > return cjson.encode({1,2,3})
    < $7\r\n[1,2,3]\r\n
    > return cjson.encode({})
    < $2\r\n{}\r\n
    > return cjson.encode({a=1})
    < $7\r\n{"a":1}\r\n
    > return cjson.encode({[1]=1,[3]=3})
    < $10\r\n[1,null,3]\r\n
    > return cjson.encode({[1]=1,[100]=2})
    < -ERR user_script:1: Cannot serialise table: excessively sparse array script: SHA, on @user_script:1.\r\n
    > return cjson.encode({[0]=1})
    < $7\r\n{"0":1}\r\n
    > return cjson.encode({[-1]=1})
    < $8\r\n{"-1":1}\r\n
    > return cjson.encode({[1.5]=1})
    < $9\r\n{"1.5":1}\r\n
    > return cjson.encode({1,2,x=3})
    < $19\r\n{"1":1,"2":2,"x":3}\r\n
    > return cjson.encode({[10]=1})
    < $48\r\n[null,null,null,null,null,null,null,null,null,1]\r\n
    > return cjson.encode({[11]=1})
    < -ERR user_script:1: Cannot serialise table: excessively sparse array script: SHA, on @user_script:1.\r\n
    > return cjson.encode({[1]=1,[2]=2,[11]=1})
    < -ERR user_script:1: Cannot serialise table: excessively sparse array script: SHA, on @user_script:1.\r\n
    > return cjson.encode({1,2,3,4,5,6,[12]=1})
    < $40\r\n[1,2,3,4,5,6,null,null,null,null,null,1]\r\n
    > return cjson.encode({1,2,3,4,5,[13]=1})
    < -ERR user_script:1: Cannot serialise table: excessively sparse array script: SHA, on @user_script:1.\r\n
    > return cjson.encode(nil)
    < $4\r\nnull\r\n
    > return cjson.encode(true)
    < $4\r\ntrue\r\n
    > return cjson.encode(1.5)
    < $3\r\n1.5\r\n
    > return cjson.encode(3.0)
    < $1\r\n3\r\n
    > return cjson.encode(1e15)
    < $5\r\n1e+15\r\n
    > return cjson.encode(123456789012345678)
    < $19\r\n1.2345678901235e+17\r\n
    > return cjson.encode(0.1)
    < $3\r\n0.1\r\n
    > return cjson.encode(1/3)
    < $16\r\n0.33333333333333\r\n
    > return cjson.encode(-0.0)
    < $2\r\n-0\r\n
    > return cjson.encode(1e100)
    < $6\r\n1e+100\r\n
    > return cjson.encode(0/0)
    < -ERR user_script:1: Cannot serialise number: must not be NaN or Inf script: SHA, on @user_script:1.\r\n
    > return cjson.encode(1/0)
    < -ERR user_script:1: Cannot serialise number: must not be NaN or Inf script: SHA, on @user_script:1.\r\n
    > return cjson.encode(-1/0)
    < -ERR user_script:1: Cannot serialise number: must not be NaN or Inf script: SHA, on @user_script:1.\r\n
    > return cjson.encode(cjson.null)
    < $4\r\nnull\r\n
    > return cjson.encode({cjson.null,1})
    < $8\r\n[null,1]\r\n
    > return cjson.encode({a={b={c={}}}})
    < $20\r\n{"a":{"b":{"c":{}}}}\r\n
    > return cjson.encode(function() end)
    < -ERR user_script:1: Cannot serialise function: type not supported script: SHA, on @user_script:1.\r\n
    > return cjson.encode({f=function() end})
    < -ERR user_script:1: Cannot serialise function: type not supported script: SHA, on @user_script:1.\r\n
    > return cjson.encode(coroutine.create(function() end))
    < -ERR user_script:1: Cannot serialise thread: type not supported script: SHA, on @user_script:1.\r\n
    > local t={} t[1]=t return cjson.encode(t)
    < -ERR user_script:1: Cannot serialise, excessive nesting (1001) script: SHA, on @user_script:1.\r\n
    > local t={} for i=1,999 do t={t} end return #cjson.encode(t)
    < :2000\r\n
    > local t={} for i=1,1000 do t={t} end return #cjson.encode(t)
    < -ERR user_script:1: Cannot serialise, excessive nesting (1001) script: SHA, on @user_script:1.\r\n
    > local t={} for i=1,1001 do t={t} end return #cjson.encode(t)
    < -ERR user_script:1: Cannot serialise, excessive nesting (1001) script: SHA, on @user_script:1.\r\n
    > return cjson.decode('[1,2,3]')
    < *3\r\n:1\r\n:2\r\n:3\r\n
    > return cjson.decode('[]')
    < *0\r\n
    > return cjson.decode('{}')
    < *0\r\n
    > return cjson.decode('{"a":1}').a
    < :1\r\n
    > return cjson.decode('{"a":{"b":[1,{"c":"d"}]}}').a.b[2].c
    < $1\r\nd\r\n
    > return tostring(cjson.decode('null'))
    < $15\r\nuserdata: (nil)\r\n
    > return cjson.decode('null') == cjson.null
    < :1\r\n
    > return {tostring(cjson.decode('true')),tostring(cjson.decode('false'))}
    < *2\r\n$4\r\ntrue\r\n$5\r\nfalse\r\n
    > return tostring(cjson.decode('1'))
    < $1\r\n1\r\n
    > return tostring(cjson.decode('1.0'))
    < $1\r\n1\r\n
    > return tostring(cjson.decode('1.5e3'))
    < $4\r\n1500\r\n
    > return tostring(cjson.decode('-5'))
    < $2\r\n-5\r\n
    > return tostring(cjson.decode('12345678901234567890'))
    < $19\r\n1.2345678901235e+19\r\n
    > return tostring(cjson.decode('9007199254740993'))
    < $18\r\n9.007199254741e+15\r\n
    > return tostring(cjson.decode('1e400'))
    < $3\r\ninf\r\n
    > return tostring(cjson.decode('0x10'))
    < $2\r\n16\r\n
    > return tostring(cjson.decode('nan'))
    < $3\r\nnan\r\n
    > return tostring(cjson.decode('NaN'))
    < $3\r\nnan\r\n
    > return tostring(cjson.decode('inf'))
    < $3\r\ninf\r\n
    > return tostring(cjson.decode('Infinity'))
    < $3\r\ninf\r\n
    > return tostring(cjson.decode('-inf'))
    < $4\r\n-inf\r\n
    > return tostring(cjson.decode('-nan'))
    < $4\r\n-nan\r\n
    > return tostring(cjson.decode('+1'))
    < $1\r\n1\r\n
    > return tostring(cjson.decode('01'))
    < $1\r\n1\r\n
    > return tostring(cjson.decode('00'))
    < $1\r\n0\r\n
    > return tostring(cjson.decode('-01'))
    < $2\r\n-1\r\n
    > return tostring(cjson.decode('1.'))
    < $1\r\n1\r\n
    > return cjson.decode('"\\\\u0041\\\\u00e9\\\\u20ac"')
    < $6\r\nAé€\r\n
    > return cjson.decode('"\\\\ud83d\\\\ude00"')
    < $4\r\n😀\r\n
    > return #cjson.decode('"\\\\u0000"')
    < :1\r\n
    > return cjson.decode('"a\\nb"')
    < $3\r\na\nb\r\n
    > return cjson.decode('')
    < -ERR user_script:1: Expected value but found T_END at character 1 script: SHA, on @user_script:1.\r\n
    > return cjson.decode(' ')
    < -ERR user_script:1: Expected value but found T_END at character 2 script: SHA, on @user_script:1.\r\n
    > return cjson.decode('[')
    < -ERR user_script:1: Expected value but found T_END at character 2 script: SHA, on @user_script:1.\r\n
    > return cjson.decode('[1,')
    < -ERR user_script:1: Expected value but found T_END at character 4 script: SHA, on @user_script:1.\r\n
    > return cjson.decode('{"a"')
    < -ERR user_script:1: Expected colon but found T_END at character 5 script: SHA, on @user_script:1.\r\n
    > return cjson.decode('{"a":')
    < -ERR user_script:1: Expected value but found T_END at character 6 script: SHA, on @user_script:1.\r\n
    > return cjson.decode('{"a" 1}')
    < -ERR user_script:1: Expected colon but found T_NUMBER at character 6 script: SHA, on @user_script:1.\r\n
    > return cjson.decode(',')
    < -ERR user_script:1: Expected value but found T_COMMA at character 1 script: SHA, on @user_script:1.\r\n
    > return cjson.decode(':')
    < -ERR user_script:1: Expected value but found T_COLON at character 1 script: SHA, on @user_script:1.\r\n
    > return cjson.decode('[1] ')
    < *1\r\n:1\r\n
    > return cjson.decode(' [ 1 , 2 ] ')
    < *2\r\n:1\r\n:2\r\n
    > return cjson.decode('\\t\\r\\n[1]')
    < *1\r\n:1\r\n
    > return cjson.decode('[1,null,2]')
    < *3\r\n:1\r\n$-1\r\n:2\r\n
    > return #cjson.decode('[1,null,2]')
    < :3\r\n
    > return cjson.decode('{"1":"a"}')["1"]
    < $1\r\na\r\n
    > return cjson.decode('{"a":1,"a":2}').a
    < :2\r\n
    > return cjson.decode(5)
    < :5\r\n
    > return cjson.decode(string.rep('[',1000)..string.rep(']',1000))[1] ~= nil
    < :1\r\n
    > return cjson.decode('[\\0]')
    < -ERR user_script:1: JSON parser does not support UTF-16 or UTF-32 script: SHA, on @user_script:1.\r\n
    > return {pcall(cjson.decode,'x')}
    < *2\r\n$-1\r\n$53\r\nExpected value but found invalid token at character 1\r\n
    > return {pcall(cjson.encode,function() end)}
    < *2\r\n$-1\r\n$45\r\nCannot serialise function: type not supported\r\n
    > return cjson.encode(cjson.decode('[1,{"a":[]},{"b":{}},null,true,"x",1.5]'))
    < $39\r\n[1,{"a":{}},{"b":{}},null,true,"x",1.5]\r\n
    > return cjson.encode(cjson.decode('[5,5.0,1e3]'))
    < $10\r\n[5,5,1000]\r\n
    > return tostring(cjson.null)
    < $15\r\nuserdata: (nil)\r\n
    > return {cjson._NAME,cjson._VERSION}
    < *2\r\n$5\r\ncjson\r\n$5\r\n2.1.0\r\n
    > return {cjson.encode_sparse_array()}
    < *3\r\n$-1\r\n:2\r\n:10\r\n
    > return {cjson.encode_sparse_array(true)}
    < *3\r\n:1\r\n:2\r\n:10\r\n
    > cjson.encode_sparse_array(true) return cjson.encode({[1]=1,[100]=2})
    < $15\r\n{"1":1,"100":2}\r\n
    > cjson.encode_sparse_array(true,1,1) return cjson.encode({[1]=1,[3]=2})
    < $13\r\n{"1":1,"3":2}\r\n
    > cjson.encode_sparse_array(false,0) return #cjson.encode({[1]=1,[100]=2})
    < :495\r\n
    > return {cjson.encode_sparse_array(false,2,10)}
    < *3\r\n$-1\r\n:2\r\n:10\r\n
    > return {cjson.encode_max_depth()}
    < *1\r\n:1000\r\n
    > return {cjson.encode_max_depth(5)}
    < *1\r\n:5\r\n
    > cjson.encode_max_depth(2) return cjson.encode({{{}}})
    < -ERR user_script:1: Cannot serialise, excessive nesting (3) script: SHA, on @user_script:1.\r\n
    > cjson.encode_max_depth(2) return cjson.encode({{}})
    < $4\r\n[{}]\r\n
    > cjson.encode_max_depth(1000) return {cjson.encode_max_depth()}
    < *1\r\n:1000\r\n
    > return {cjson.decode_max_depth()}
    < *1\r\n:1000\r\n
    > cjson.decode_max_depth(1000)
    < $-1\r\n
    > return {pcall(cjson.encode_max_depth,0)}
    < *2\r\n$-1\r\n$66\r\nbad argument #1 to '?' (expected integer between 1 and 2147483647)\r\n
    > return {pcall(cjson.encode_max_depth,'x')}
    < *2\r\n$-1\r\n$52\r\nbad argument #1 to '?' (number expected, got string)\r\n
    > return {cjson.encode_number_precision()}
    < *1\r\n:14\r\n
    > cjson.encode_number_precision(3) return cjson.encode(1/3)
    < $5\r\n0.333\r\n
    > cjson.encode_number_precision(14) return cjson.encode(1/3)
    < $16\r\n0.33333333333333\r\n
    > return {pcall(cjson.encode_number_precision,15)}
    < *2\r\n$-1\r\n$58\r\nbad argument #1 to '?' (expected integer between 1 and 14)\r\n
    > return {pcall(cjson.encode_number_precision,0)}
    < *2\r\n$-1\r\n$58\r\nbad argument #1 to '?' (expected integer between 1 and 14)\r\n
    > return {cjson.encode_keep_buffer()}
    < *1\r\n:1\r\n
    > cjson.encode_keep_buffer(false) cjson.encode_keep_buffer(true)
    < $-1\r\n
    > return {tostring(cjson.encode_invalid_numbers())}
    < *1\r\n$5\r\nfalse\r\n
    > cjson.encode_invalid_numbers(true) return cjson.encode({0/0,1/0,-1/0})
    < $14\r\n[nan,inf,-inf]\r\n
    > cjson.encode_invalid_numbers('null') return cjson.encode({0/0,1/0})
    < $11\r\n[null,null]\r\n
    > cjson.encode_invalid_numbers(false) return cjson.encode({0/0})
    < -ERR user_script:1: Cannot serialise number: must not be NaN or Inf script: SHA, on @user_script:1.\r\n
    > return {pcall(cjson.encode_invalid_numbers,'x')}
    < *2\r\n$-1\r\n$43\r\nbad argument #1 to '?' (invalid option 'x')\r\n
    > return {tostring(cjson.decode_invalid_numbers())}
    < *1\r\n$4\r\ntrue\r\n
    > cjson.decode_invalid_numbers(true) return tostring(cjson.decode('nan'))
    < $3\r\nnan\r\n
    > return type(cjson.new())
    < $5\r\ntable\r\n
    > local c=cjson.new() return c.encode({1})
    < $3\r\n[1]\r\n
    > return cjson.decode('\\0')
    < -ERR user_script:1: Expected value but found T_END at character 1 script: SHA, on @user_script:1.\r\n
    > return cjson.decode('1 \\0x')
    < :1\r\n
    > return cjson.decode('[1 \\0]')
    < -ERR user_script:1: Expected comma or array end but found T_END at character 4 script: SHA, on @user_script:1.\r\n
    > return cjson.decode('12\\0')
    < :12\r\n
    > cjson.x=1
    < -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    > cjson.encode=1
    < -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    """#
}
