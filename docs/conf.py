"""How Sphinx builds these pages; `nox -s docs -- html` writes them, and warnings are errors."""

from importlib.metadata import version as version_of

project = "ordersales"
author = "The ordersales developers"
project_copyright = "The ordersales developers"
version = release = version_of("ordersales")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinxcontrib.mermaid",
]
exclude_patterns = ["_build", "decisions/template.md"]
templates_path = ["_templates"]

html_theme = "furo"
html_title = f"ordersales {release}"

myst_enable_extensions = ["colon_fence", "deflist"]
# A picture is a fenced block, so that it is also drawn where Markdown is read without Sphinx.
myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# A record's fields are its arguments: said once.
autodoc_class_signature = "separated"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
