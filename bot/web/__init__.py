"""The desk: server-rendered pages for the campaign team. They hold no rules of their own."""
