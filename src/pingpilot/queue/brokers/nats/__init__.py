"""The broker between processes: NATS JetStream."""
