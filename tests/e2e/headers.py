"""Sends a message with a header whose name is not text: Python clients cannot, but librdkafka itself can."""

import ctypes
from typing import Final

from confluent_kafka import cimpl

from common.settings import KafkaSettings

_TOPIC, _VALUE, _KEY, _FLAGS, _HEADER, _COPY = 1, 4, 5, 7, 9, 2
_TEXT_BYTES, _TIMEOUT_MS = 512, 30_000
_NAME: Final = b"\xff\xfe"


class _Bytes(ctypes.Structure):
    _fields_ = (("start", ctypes.c_char_p), ("size", ctypes.c_size_t))


class _Header(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("start", ctypes.c_char_p), ("size", ctypes.c_ssize_t))


class _Content(ctypes.Union):
    _fields_ = (
        ("text", ctypes.c_char_p), ("number", ctypes.c_int), ("data", _Bytes), ("header", _Header),
        ("room", ctypes.c_char * 64),
    )  # fmt: skip


class _Argument(ctypes.Structure):
    """The same layout as librdkafka's ``rd_kafka_vu_t``."""

    _fields_ = (("kind", ctypes.c_int), ("content", _Content))


def put_misnamed(kafka: KafkaSettings, topic: str, value: bytes, key: bytes) -> None:
    """Send one message with a header of a name that is not UTF-8."""
    library, told = ctypes.CDLL(cimpl.__file__), ctypes.create_string_buffer(_TEXT_BYTES)
    for function in (library.rd_kafka_conf_new, library.rd_kafka_new, library.rd_kafka_produceva):
        function.restype = ctypes.c_void_p
    config = ctypes.c_void_p(library.rd_kafka_conf_new())
    library.rd_kafka_conf_set(config, b"bootstrap.servers", kafka.bootstrap_servers.encode(), told, _TEXT_BYTES)
    client = ctypes.c_void_p(library.rd_kafka_new(0, config, told, _TEXT_BYTES))
    contents = (
        (_TOPIC, _Content(text=topic.encode())),
        (_VALUE, _Content(data=_Bytes(value, len(value)))),
        (_KEY, _Content(data=_Bytes(key, len(key)))),
        (_HEADER, _Content(header=_Header(_NAME, b"1", 1))),
        (_FLAGS, _Content(number=_COPY)),
    )
    arguments = (_Argument * len(contents))(*(_Argument(kind, content) for kind, content in contents))
    assert library.rd_kafka_produceva(client, arguments, ctypes.c_size_t(len(contents))) is None
    assert library.rd_kafka_flush(client, _TIMEOUT_MS) == 0
    library.rd_kafka_destroy(client)
