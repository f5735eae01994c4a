"""A small shop on Redis: the code that the example's tests are about. Some of it is wrong, on purpose."""

import redis


class Shop:
    def __init__(self, host, port):
        self.redis = redis.Redis(host, port, decode_responses=True)

    def order(self, product):
        """Counts an order; returns how many there are."""
        return self.redis.incr(f"orders:{product}")

    def open_session(self, user, seconds):
        self.redis.set(f"session:{user}", "open", ex=seconds)

    def has_session(self, user):
        return self.redis.exists(f"session:{user}") == 1

    def close(self):
        self.redis.close()


class LeakyShop:
    """Makes a client for each order, and never closes any."""

    def __init__(self, host, port):
        self.address = host, port
        self.clients = []

    def order(self, product):
        client = redis.Redis(*self.address)
        self.clients.append(client)
        return client.incr(f"orders:{product}")
