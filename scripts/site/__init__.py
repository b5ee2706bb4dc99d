"""The documentation as a site: what MkDocs does not know of this repository by itself (`make site`)."""
