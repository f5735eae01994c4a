import redis


def test_greets(redis_endpoint, understudy):
    client = redis.Redis(redis_endpoint.host, redis_endpoint.port, decode_responses=True)
    understudy.clock("data").freeze()
    client.set("greeting", "hello", ex=60)
    assert client.get("greeting") == "hello"
    understudy.clock("data").advance(60)
    assert client.get("greeting") is None
