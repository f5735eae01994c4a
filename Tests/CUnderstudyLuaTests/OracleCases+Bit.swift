// bit, as redis-server 7.0.15 answered.
//
// One script a line (>), with \\, \n and \0 for backslash, line break and zero byte; then its reply (<); a line
// with 3 is the reply in RESP3. To extend: write the script, ask the real server, and copy what it says.

extension OracleCases {
  static let bit = #"""
    > return bit.band(5,3)
    < :1\r\n
    > return bit.bor(5,3)
    < :7\r\n
    > return bit.bxor(5,3)
    < :6\r\n
    > return bit.bnot(5)
    < :-6\r\n
    > return bit.lshift(1,31)
    < :-2147483648\r\n
    > return bit.lshift(1,32)
    < :1\r\n
    > return bit.rshift(-1,28)
    < :15\r\n
    > return bit.arshift(-256,4)
    < :-16\r\n
    > return bit.rol(0x12345678,8)
    < :878082066\r\n
    > return bit.ror(0x12345678,8)
    < :2014458966\r\n
    > return bit.bswap(0x12345678)
    < :2018915346\r\n
    > return bit.tohex(255)
    < $8\r\n000000ff\r\n
    > return bit.tohex(255,4)
    < $4\r\n00ff\r\n
    > return bit.tohex(255,-4)
    < $4\r\n00FF\r\n
    > return bit.tohex(-1)
    < $8\r\nffffffff\r\n
    > return bit.tohex(255,0)
    < $0\r\n\r\n
    > return bit.tobit(0xffffffff)
    < :-1\r\n
    > return bit.tobit(4294967296)
    < :0\r\n
    > return bit.tobit(1e10)
    < :1410065408\r\n
    > return bit.tobit(-1.5)
    < :-2\r\n
    > return bit.tobit(1.5)
    < :2\r\n
    > return bit.tobit(2.5)
    < :2\r\n
    > return bit.band(0xffffffff,0xff)
    < :255\r\n
    > return bit.band('5','3')
    < :1\r\n
    > return bit.band(1)
    < :1\r\n
    > return bit.band(1,3,5)
    < :1\r\n
    > return {pcall(bit.band)}
    < *2\r\n$-1\r\n$54\r\nbad argument #1 to '?' (number expected, got no value)\r\n
    > return {pcall(bit.band,'x')}
    < *2\r\n$-1\r\n$52\r\nbad argument #1 to '?' (number expected, got string)\r\n
    > return {pcall(bit.lshift,1)}
    < *2\r\n$-1\r\n$54\r\nbad argument #2 to '?' (number expected, got no value)\r\n
    > return bit.lshift(1,-1)
    < :-2147483648\r\n
    > return bit.tobit(1e20)
    < :2025163840\r\n
    > return tostring(bit.tobit(0/0))
    < $1\r\n0\r\n
    """#
}
