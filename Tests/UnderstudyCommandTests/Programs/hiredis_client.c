// hiredis: what programs in C do: formatted commands, pipelines, binary and large values, transactions, errors.
//
//     hiredis_client tcp 127.0.0.1 6379     hiredis_client unix /tmp/redis.sock
//
// Prints the names of what has passed, and ends with 1 at the first that has not.

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) {                                                         \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);   \
      exit(1);                                                                  \
    }                                                                           \
  } while (0)

static redisContext *connect_to(char **arguments) {
  redisContext *context =
      strcmp(arguments[1], "unix") == 0 ? redisConnectUnix(arguments[2]) : redisConnect(arguments[2], atoi(arguments[3]));
  CHECK(context && !context->err);
  return context;
}

static redisReply *ask(redisContext *context, const char *format, ...) {
  va_list values;
  va_start(values, format);
  redisReply *reply = redisvCommand(context, format, values);
  va_end(values);
  CHECK(reply);
  return reply;
}

static void expect_text(redisReply *reply, int type, const char *text) {
  CHECK(reply->type == type && strcmp(reply->str, text) == 0);
  freeReplyObject(reply);
}

static void values(redisContext *context) {
  expect_text(ask(context, "SET %s %b", "key", "a\0b\r\n", (size_t)5), REDIS_REPLY_STATUS, "OK");
  redisReply *reply = ask(context, "GET key");
  CHECK(reply->type == REDIS_REPLY_STRING && reply->len == 5 && memcmp(reply->str, "a\0b\r\n", 5) == 0);
  freeReplyObject(reply);
  reply = ask(context, "GET none");
  CHECK(reply->type == REDIS_REPLY_NIL);
  freeReplyObject(reply);
  expect_text(ask(context, "GET"), REDIS_REPLY_ERROR, "ERR wrong number of arguments for 'get' command");
  reply = ask(context, "RPUSH list a %s", "b c");
  CHECK(reply->type == REDIS_REPLY_INTEGER && reply->integer == 2);
  freeReplyObject(reply);
  reply = ask(context, "LRANGE list 0 -1");
  CHECK(reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 && strcmp(reply->element[1]->str, "b c") == 0);
  freeReplyObject(reply);
  puts("values");
}

static void pipeline(redisContext *context) {
  enum { count = 20000 };
  for (int i = 0; i < count; i++) CHECK(redisAppendCommand(context, "INCR n") == REDIS_OK);
  for (int i = 0; i < count; i++) {
    redisReply *reply;
    CHECK(redisGetReply(context, (void **)&reply) == REDIS_OK);
    CHECK(reply->type == REDIS_REPLY_INTEGER && reply->integer == i + 1);
    freeReplyObject(reply);
  }
  puts("pipeline");
}

static void large(redisContext *context) {
  size_t size = 32 << 20;
  char *value = malloc(size);
  for (size_t i = 0; i < size; i++) value[i] = (char)(i * 2654435761u >> 13);
  expect_text(ask(context, "SET large %b", value, size), REDIS_REPLY_STATUS, "OK");
  redisReply *reply = ask(context, "GET large");
  CHECK(reply->type == REDIS_REPLY_STRING && reply->len == size && memcmp(reply->str, value, size) == 0);
  freeReplyObject(reply);
  free(value);
  puts("large");
}

static void transaction(redisContext *context) {
  expect_text(ask(context, "MULTI"), REDIS_REPLY_STATUS, "OK");
  expect_text(ask(context, "LPUSH list x"), REDIS_REPLY_STATUS, "QUEUED");
  expect_text(ask(context, "INCR list"), REDIS_REPLY_STATUS, "QUEUED");
  redisReply *reply = ask(context, "EXEC");
  CHECK(reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 && reply->element[0]->integer == 3);
  CHECK(reply->element[1]->type == REDIS_REPLY_ERROR && strncmp(reply->element[1]->str, "WRONGTYPE", 9) == 0);
  freeReplyObject(reply);
  puts("transaction");
}

static void errors(redisContext *context, char **arguments) {
  redisContext *other = connect_to(arguments);
  redisReply *reply = ask(other, "CLIENT ID");
  long long identifier = reply->integer;
  freeReplyObject(reply);
  reply = ask(context, "CLIENT KILL ID %lld", identifier);
  CHECK(reply->integer == 1);
  freeReplyObject(reply);
  CHECK(redisCommand(other, "PING") == NULL && other->err);
  redisFree(other);
  puts("errors");
}

int main(int count, char **arguments) {
  if (count < 3) return 2;
  // A write to a connection that was killed is an error of the call.
  signal(SIGPIPE, SIG_IGN);
  redisContext *context = connect_to(arguments);
  freeReplyObject(ask(context, "FLUSHALL"));
  values(context);
  pipeline(context);
  large(context);
  transaction(context);
  errors(context, arguments);
  redisFree(context);
}
