import Testing

@testable import UnderstudyEngine

@Test func literalBytes() { #expect(Bytes("abc").count == 3) }
