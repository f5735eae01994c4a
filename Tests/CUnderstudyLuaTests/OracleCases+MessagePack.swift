// cmsgpack, as redis-server 7.0.15 answered.
//
// One script a line (>), with \\, \n and \0 for backslash, line break and zero byte; then its reply (<); a line
// with 3 is the reply in RESP3. To extend: write the script, ask the real server, and copy what it says.

extension OracleCases {
  static let messagePack = #"""
    > return (cmsgpack.pack(1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\n01\r\n
    > return (cmsgpack.pack(0):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\n00\r\n
    > return (cmsgpack.pack(127):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\n7f\r\n
    > return (cmsgpack.pack(128):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $4\r\ncc80\r\n
    > return (cmsgpack.pack(255):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $4\r\nccff\r\n
    > return (cmsgpack.pack(256):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $6\r\ncd0100\r\n
    > return (cmsgpack.pack(65535):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $6\r\ncdffff\r\n
    > return (cmsgpack.pack(65536):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\nce00010000\r\n
    > return (cmsgpack.pack(4294967295):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\nceffffffff\r\n
    > return (cmsgpack.pack(4294967296):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $18\r\ncf0000000100000000\r\n
    > return (cmsgpack.pack(9007199254740991):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $18\r\ncf001fffffffffffff\r\n
    > return (cmsgpack.pack(-1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\nff\r\n
    > return (cmsgpack.pack(-32):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\ne0\r\n
    > return (cmsgpack.pack(-33):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $4\r\nd0df\r\n
    > return (cmsgpack.pack(-128):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $4\r\nd080\r\n
    > return (cmsgpack.pack(-129):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $6\r\nd1ff7f\r\n
    > return (cmsgpack.pack(-32768):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $6\r\nd18000\r\n
    > return (cmsgpack.pack(-32769):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\nd2ffff7fff\r\n
    > return (cmsgpack.pack(-2147483648):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\nd280000000\r\n
    > return (cmsgpack.pack(-2147483649):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $18\r\nd3ffffffff7fffffff\r\n
    > return (cmsgpack.pack(2^53):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $18\r\ncf0020000000000000\r\n
    > return (cmsgpack.pack(2^63):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\nca5f000000\r\n
    > return (cmsgpack.pack(-2^63):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $18\r\nd38000000000000000\r\n
    > return (cmsgpack.pack(2^64):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\nca5f800000\r\n
    > return (cmsgpack.pack(1.5):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\nca3fc00000\r\n
    > return (cmsgpack.pack(0.1):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $18\r\ncb3fb999999999999a\r\n
    > return (cmsgpack.pack(-0.5):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\ncabf000000\r\n
    > return (cmsgpack.pack(1e300):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $18\r\ncb7e37e43c8800759c\r\n
    > return (cmsgpack.pack(1/0):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\nca7f800000\r\n
    > return (cmsgpack.pack(-1/0):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\ncaff800000\r\n
    > return (cmsgpack.pack(0/0):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $18\r\ncbfff8000000000000\r\n
    > return (cmsgpack.pack(-0.0):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\n00\r\n
    > return (cmsgpack.pack(3.0):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\n03\r\n
    > return (cmsgpack.pack(10/2):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\n05\r\n
    > return (cmsgpack.pack('a'):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $4\r\na161\r\n
    > return (cmsgpack.pack(''):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\na0\r\n
    > return (cmsgpack.pack(('x'):rep(31)):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $64\r\nbf78787878787878787878787878787878787878787878787878787878787878\r\n
    > return (cmsgpack.pack(('x'):rep(32)):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $68\r\nd9207878787878787878787878787878787878787878787878787878787878787878\r\n
    > return (cmsgpack.pack(true):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\nc3\r\n
    > return (cmsgpack.pack(false):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\nc2\r\n
    > return (cmsgpack.pack(nil):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\nc0\r\n
    > return (cmsgpack.pack(nil,nil):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $4\r\nc0c0\r\n
    > return (cmsgpack.pack(1,2,'a',{}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\n0102a16190\r\n
    > return (cmsgpack.pack({}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\n90\r\n
    > return (cmsgpack.pack({1,2,3}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $8\r\n93010203\r\n
    > return (cmsgpack.pack({1,2,nil,4}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $14\r\n83010102020404\r\n
    > return (cmsgpack.pack({[1]=1,[3]=3}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\n8201010303\r\n
    > return (cmsgpack.pack({[1.5]=1}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $14\r\n81ca3fc0000001\r\n
    > return (cmsgpack.pack({[0]=1}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $6\r\n810001\r\n
    > return (cmsgpack.pack({[-1]=1}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $6\r\n81ff01\r\n
    > return (cmsgpack.pack({a=1}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $8\r\n81a16101\r\n
    > return (cmsgpack.pack({['1']=2}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $8\r\n81a13102\r\n
    > return (cmsgpack.pack({[' 1 ']=1}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $12\r\n81a320312001\r\n
    > return (cmsgpack.pack({[2^31]=1}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $14\r\n81ce8000000001\r\n
    > return (cmsgpack.pack({[true]=1}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $6\r\n81c301\r\n
    > return (cmsgpack.pack({{1},{2,{3}}}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $14\r\n92910192029103\r\n
    > return (cmsgpack.pack({a={b={c={}}}}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $20\r\n81a16181a16281a16390\r\n
    > return (cmsgpack.pack(function() end):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\nc0\r\n
    > return (cmsgpack.pack(cjson.null):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\nc0\r\n
    > return (cmsgpack.pack(coroutine.create(function() end)):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $2\r\nc0\r\n
    > return (cmsgpack.pack(redis.error_reply('x')):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $22\r\n81a3657272a54552522078\r\n
    > return (cmsgpack.pack({ok='OK'}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $14\r\n81a26f6ba24f4b\r\n
    > return (cmsgpack.pack(KEYS,ARGV):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $28\r\n92a26b31a26b3292a26131a26132\r\n
    > return (cmsgpack.pack({1.5,2.5}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $22\r\n92ca3fc00000ca40200000\r\n
    > return (cmsgpack.pack({[1]='a',[2]='b'}):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $10\r\n92a161a162\r\n
    > return cmsgpack.pack()
    < -ERR user_script:1: bad argument #0 to 'pack' (MessagePack pack needs input.) script: SHA, on @user_script:1.\r\n
    > local t={} for i=1,16 do t[i]=i end return (cmsgpack.pack(t):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $38\r\ndc00100102030405060708090a0b0c0d0e0f10\r\n
    > local t={} for i=1,15 do t[i]=i end return (cmsgpack.pack(t):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $32\r\n9f0102030405060708090a0b0c0d0e0f\r\n
    > local t={} for i=1,70000 do t[i]=1 end local p=cmsgpack.pack(t) return {#p,p:byte(1,6)}
    < *7\r\n:70005\r\n:221\r\n:0\r\n:1\r\n:17\r\n:112\r\n:1\r\n
    > local t={} for i=1,300 do t['k'..i]=i end local p=cmsgpack.pack(t) return {#p,p:byte(1,3)}
    < *4\r\n:1913\r\n:222\r\n:1\r\n:44\r\n
    > local p=cmsgpack.pack(('x'):rep(256)) return {#p,p:byte(1,4)}
    < *5\r\n:259\r\n:218\r\n:1\r\n:0\r\n:120\r\n
    > local p=cmsgpack.pack(('x'):rep(65536)) return {#p,p:byte(1,6)}
    < *7\r\n:65541\r\n:219\r\n:0\r\n:1\r\n:0\r\n:0\r\n:120\r\n
    > local t={} t[1]=t return (cmsgpack.pack(t):gsub('.',function(c) return string.format('%02x',c:byte()) end))
    < $34\r\n91919191919191919191919191919191c0\r\n
    > return {cmsgpack.unpack('\\1')}
    < *1\r\n:1\r\n
    > return {cmsgpack.unpack('\\1\\2\\3')}
    < *3\r\n:1\r\n:2\r\n:3\r\n
    > return {cmsgpack.unpack('')}
    < *0\r\n
    > return {cmsgpack.unpack('\\192')}
    < *0\r\n
    > return {cmsgpack.unpack('\\194\\195')}
    < *2\r\n$-1\r\n:1\r\n
    > return {cmsgpack.unpack('\\204\\255')}
    < *1\r\n:255\r\n
    > return {cmsgpack.unpack('\\205\\1\\0')}
    < *1\r\n:256\r\n
    > return {cmsgpack.unpack('\\206\\1\\0\\0\\0')}
    < *1\r\n:16777216\r\n
    > return {cmsgpack.unpack('\\207\\0\\32\\0\\0\\0\\0\\0\\0')}
    < *1\r\n:9007199254740992\r\n
    > return {cmsgpack.unpack('\\207\\255\\255\\255\\255\\255\\255\\255\\255')}
    < *1\r\n:-1\r\n
    > return {cmsgpack.unpack('\\208\\128')}
    < *1\r\n:-128\r\n
    > return {cmsgpack.unpack('\\209\\128\\0')}
    < *1\r\n:-32768\r\n
    > return {cmsgpack.unpack('\\210\\128\\0\\0\\0')}
    < *1\r\n:-2147483648\r\n
    > return {cmsgpack.unpack('\\211\\128\\0\\0\\0\\0\\0\\0\\0')}
    < *1\r\n:-9223372036854775808\r\n
    > return {cmsgpack.unpack('\\224')}
    < *1\r\n:-32\r\n
    > return {cmsgpack.unpack('\\255')}
    < *1\r\n:-1\r\n
    > return {cmsgpack.unpack('\\161a')}
    < *1\r\n$1\r\na\r\n
    > return {cmsgpack.unpack('\\160')}
    < *1\r\n$0\r\n\r\n
    > return {cmsgpack.unpack('\\217\\1a')}
    < *1\r\n$1\r\na\r\n
    > return {cmsgpack.unpack('\\218\\0\\1a')}
    < *1\r\n$1\r\na\r\n
    > return {cmsgpack.unpack('\\219\\0\\0\\0\\1a')}
    < *1\r\n$1\r\na\r\n
    > return {cmsgpack.unpack('\\144')}
    < *1\r\n*0\r\n
    > return {cmsgpack.unpack('\\147\\1\\2\\3')}
    < *1\r\n*3\r\n:1\r\n:2\r\n:3\r\n
    > return {cmsgpack.unpack('\\147\\1\\192\\3')}
    < *1\r\n*1\r\n:1\r\n
    > return {cmsgpack.unpack('\\220\\0\\2\\1\\2')}
    < *1\r\n*2\r\n:1\r\n:2\r\n
    > return {cmsgpack.unpack('\\221\\0\\0\\0\\2\\1\\2')}
    < *1\r\n*2\r\n:1\r\n:2\r\n
    > return {cmsgpack.unpack('\\129\\161a\\1')}
    < *1\r\n*0\r\n
    > return {cmsgpack.unpack('\\128')}
    < *1\r\n*0\r\n
    > return {cmsgpack.unpack('\\130\\161a\\1\\161b\\145\\2')}
    < *1\r\n*0\r\n
    > return {cmsgpack.unpack('\\222\\0\\1\\161a\\1')}
    < *1\r\n*0\r\n
    > return {cmsgpack.unpack('\\223\\0\\0\\0\\1\\161a\\1')}
    < *1\r\n*0\r\n
    > return {cmsgpack.unpack('\\145')}
    < -ERR user_script:1: Missing bytes in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\129')}
    < -ERR user_script:1: Missing bytes in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\129\\161a')}
    < -ERR user_script:1: Missing bytes in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\161')}
    < -ERR user_script:1: Missing bytes in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\217')}
    < -ERR user_script:1: Missing bytes in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\217\\5ab')}
    < -ERR user_script:1: Missing bytes in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\205\\1')}
    < -ERR user_script:1: Missing bytes in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\202\\63')}
    < -ERR user_script:1: Missing bytes in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\203\\0')}
    < -ERR user_script:1: Missing bytes in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\193')}
    < -ERR user_script:1: Bad data format in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\196\\1a')}
    < -ERR user_script:1: Bad data format in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\197\\0\\1a')}
    < -ERR user_script:1: Bad data format in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\198')}
    < -ERR user_script:1: Bad data format in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\199')}
    < -ERR user_script:1: Bad data format in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\200')}
    < -ERR user_script:1: Bad data format in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\201')}
    < -ERR user_script:1: Bad data format in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\212')}
    < -ERR user_script:1: Bad data format in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\213')}
    < -ERR user_script:1: Bad data format in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\214')}
    < -ERR user_script:1: Bad data format in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\215')}
    < -ERR user_script:1: Bad data format in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\216')}
    < -ERR user_script:1: Bad data format in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\129\\192\\1')}
    < -ERR table index is nil script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\129\\203\\127\\248\\0\\0\\0\\0\\0\\0\\1')}
    < -ERR table index is NaN script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\129\\145\\1\\2')}
    < *1\r\n*0\r\n
    > return {cmsgpack.unpack('\\221\\255\\255\\255\\255')}
    < -ERR user_script:1: Missing bytes in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\223\\255\\255\\255\\255')}
    < -ERR user_script:1: Missing bytes in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\219\\255\\255\\255\\255')}
    < -ERR user_script:1: Missing bytes in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\145\\145\\145\\145\\1')}
    < *1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n
    > return {cmsgpack.unpack(123)}
    < *3\r\n:49\r\n:50\r\n:51\r\n
    > return {cmsgpack.unpack({})}
    < -ERR user_script:1: bad argument #1 to 'unpack' (string expected, got table) script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack()}
    < -ERR user_script:1: bad argument #1 to 'unpack' (string expected, got no value) script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack(nil)}
    < -ERR user_script:1: bad argument #1 to 'unpack' (string expected, got nil) script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack('\\1','x')}
    < *1\r\n:1\r\n
    > return tostring(cmsgpack.unpack('\\202\\63\\192\\0\\0'))
    < $3\r\n1.5\r\n
    > return tostring(cmsgpack.unpack('\\203\\63\\185\\153\\153\\153\\153\\153\\154'))
    < $3\r\n0.1\r\n
    > return tostring(cmsgpack.unpack('\\207\\255\\255\\255\\255\\255\\255\\255\\255'))
    < $2\r\n-1\r\n
    > return tostring(cmsgpack.unpack('\\207\\127\\255\\255\\255\\255\\255\\255\\255'))
    < $19\r\n9.2233720368548e+18\r\n
    > return {cmsgpack.unpack_one('\\1\\2\\3')}
    < *2\r\n:1\r\n:1\r\n
    > return {cmsgpack.unpack_one('\\1\\2\\3',1)}
    < *2\r\n:2\r\n:2\r\n
    > return {cmsgpack.unpack_one('\\1\\2\\3',2)}
    < *2\r\n:-1\r\n:3\r\n
    > return {cmsgpack.unpack_one('\\1\\2\\3',3)}
    < *1\r\n:-1\r\n
    > return {cmsgpack.unpack_one('\\1\\2\\3',4)}
    < -ERR user_script:1: Start offset 4 greater than input length 3. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack_one('\\1\\2\\3',-1)}
    < -ERR user_script:1: Invalid request to unpack with offset of -1 and limit of 3. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack_one('\\1\\2\\3','1')}
    < *2\r\n:2\r\n:2\r\n
    > return {cmsgpack.unpack_one('\\1\\2\\3',1.9)}
    < *2\r\n:2\r\n:2\r\n
    > return {cmsgpack.unpack_one('')}
    < *1\r\n:-1\r\n
    > return {cmsgpack.unpack_one('\\147\\1\\2\\3\\4')}
    < *2\r\n:4\r\n*3\r\n:1\r\n:2\r\n:3\r\n
    > return {cmsgpack.unpack_one('\\147\\1')}
    < -ERR user_script:1: Missing bytes in input. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack_one('\\1\\2\\3',{})}
    < -ERR user_script:1: bad argument #2 to 'unpack_one' (number expected, got table) script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack_one()}
    < -ERR user_script:1: bad argument #1 to 'unpack_one' (string expected, got no value) script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack_one('\\1\\193')}
    < *2\r\n:1\r\n:1\r\n
    > return {cmsgpack.unpack_limit('\\1\\2\\3',2)}
    < *3\r\n:2\r\n:1\r\n:2\r\n
    > return {cmsgpack.unpack_limit('\\1\\2\\3',2,1)}
    < *3\r\n:-1\r\n:2\r\n:3\r\n
    > return {cmsgpack.unpack_limit('\\1\\2\\3',0)}
    < *3\r\n:1\r\n:2\r\n:3\r\n
    > return {cmsgpack.unpack_limit('\\1\\2\\3',-1)}
    < -ERR user_script:1: Invalid request to unpack with offset of 0 and limit of 3. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack_limit('\\1\\2\\3')}
    < -ERR user_script:1: bad argument #2 to 'unpack_limit' (number expected, got no value) script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack_limit('\\1\\2\\3',0,1)}
    < *1\r\n:1\r\n
    > return {cmsgpack.unpack_limit('\\1\\2\\3',1.7,'1')}
    < *2\r\n:2\r\n:2\r\n
    > return {cmsgpack.unpack_limit('\\1\\2\\3',99)}
    < *4\r\n:-1\r\n:1\r\n:2\r\n:3\r\n
    > return {cmsgpack.unpack_limit('\\1\\2\\3',1,99)}
    < -ERR user_script:1: Start offset 99 greater than input length 3. script: SHA, on @user_script:1.\r\n
    > return {cmsgpack.unpack_limit('\\1\\193',2)}
    < -ERR user_script:1: Bad data format in input. script: SHA, on @user_script:1.\r\n
    > local ok,e=pcall(cmsgpack.unpack,string.rep('\\145',10000)..'\\1') return e
    < $51\r\nstack overflow (in function mp_decode_to_lua_array)\r\n
    > local ok,e=pcall(cmsgpack.unpack,string.rep('\\129\\1',10000)..'\\1') return e
    < $88\r\nstack overflow (too many return values at once; use unpack_one or unpack_limit instead.)\r\n
    > local ok,e=pcall(cmsgpack.unpack,string.rep('\\1',10000)) return e
    < $88\r\nstack overflow (too many return values at once; use unpack_one or unpack_limit instead.)\r\n
    > return select('#',cmsgpack.unpack(string.rep('\\1',7000)))
    < :7000\r\n
    > local n=0 local t=cmsgpack.unpack(string.rep('\\145',3000)..'\\1') while type(t)=='table' do t=t[1] n=n+1 end return {n,t}
    < *2\r\n:3000\r\n:1\r\n
    > local t=cmsgpack.unpack(string.rep('\\129\\161a',3000)..'\\1') local n=0 while type(t)=='table' do t=t.a n=n+1 end return {n,t}
    < *2\r\n:3000\r\n:1\r\n
    > return cmsgpack.unpack(cmsgpack.pack({1,2,{3,4}}))
    < *3\r\n:1\r\n:2\r\n*2\r\n:3\r\n:4\r\n
    > return {cmsgpack._NAME,cmsgpack._VERSION}
    < *2\r\n$8\r\ncmsgpack\r\n$18\r\nlua-cmsgpack 0.4.0\r\n
    > return cmsgpack.foo
    < $-1\r\n
    > cmsgpack.pack=nil
    < -ERR user_script:1: Attempt to modify a readonly table script: SHA, on @user_script:1.\r\n
    > local t=cmsgpack.unpack('\\147\\192\\192\\3') return {tostring(t[1]),tostring(t[3])}
    < *2\r\n$3\r\nnil\r\n$1\r\n3\r\n
    """#
}
