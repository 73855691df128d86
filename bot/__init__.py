"""The Forward Not Fragmented bot: sourced facts, posted on schedule, never stale and never twice."""

__version__ = "0.1.0"
