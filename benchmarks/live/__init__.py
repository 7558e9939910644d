"""The processes and the accounting of benchmarks/live.py."""
