"""Views with controls: each is a model in Python, testable without a browser, and a small view in TypeScript."""
