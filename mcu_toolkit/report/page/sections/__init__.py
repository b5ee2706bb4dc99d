"""What a page says about each question, one module a question: each is `section(run) -> Section | None`."""
