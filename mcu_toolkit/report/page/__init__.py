"""The page of a report: results (JSON) become a typed record of what is to be seen, and that becomes HTML, Markdown or JUnit XML.

`results` reads, `sections/` decides what is shown, `blocks` is the record between them, `render` and its neighbours write it down.
"""
