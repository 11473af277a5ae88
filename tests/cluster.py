"""The settings of a cluster of the user's own, which the embedded servers must ignore."""

from typing import Final

CLUSTER: Final = {
    "TOPIC_REPLICATION": "3",
    "KAFKA_BOOTSTRAP_SERVERS": "his:9093",
    "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA_SASL_USERNAME": "user",
    "KAFKA_SASL_PASSWORD_FILE": "/gone/password",
    "KAFKA_SSL_CA_FILE": "/gone/ca.pem",
    "ELASTICSEARCH_URL": "https://his:9200",
    "ELASTICSEARCH_USERNAME": "user",
    "ELASTICSEARCH_PASSWORD": '"pass\nword"',
    "ELASTICSEARCH_API_KEY": "key",
    "ELASTICSEARCH_CA_FILE": "/gone/ca.pem",
}
