"""The Dockerfiles: a few rules of everybody's, and ours."""

import re

PROGRAMS = {"job": "sheetbq-job", "orchestrator": "sheetbq-orchestrator", "helper": "helper", "sandbox": "sheetbq-sandbox"}
KNOWN = "FROM ARG ENV RUN COPY WORKDIR USER EXPOSE ENTRYPOINT LABEL".split()


def instructions(text: str) -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    return [tuple((line.split(None, 1) + [""])[:2]) for line in joined.splitlines() if line.strip()]


def own_rules(tree) -> list[str]:
    bad = []
    for name, program in PROGRAMS.items():
        path = f"docker/{name}.Dockerfile"
        text = tree.text(path)
        steps = instructions(text)
        for word, _ in steps:
            if word not in KNOWN:
                bad.append(f"{path}: {word} is no instruction that we use")
        stages = [rest for word, rest in steps if word == "FROM"]
        if stages != ["${BUILDER} AS build", "${BASE}"]:
            bad.append(f"{path}: its stages are {stages}, not the builder and the base")
        last = steps[len(steps) - 1 - [word for word, _ in reversed(steps)].index("FROM") :]
        if any(word == "RUN" for word, _ in last):
            bad.append(f"{path}: the last stage runs something, and its base has no shell")
        if ("USER", "65532:65532") not in last:
            bad.append(f"{path}: the last stage does not set USER 65532:65532")
        if ("ENTRYPOINT", f'["/usr/bin/{program}"]') not in last:
            bad.append(f"{path}: its entry point is not /usr/bin/{program}, as a list")
        if f"/rootfs/usr/bin/{program}" not in text:
            bad.append(f"{path}: puts no /usr/bin/{program} into the image")
        if re.search(r"^#\s*syntax=", text, re.MULTILINE):
            bad.append(f"{path}: a syntax line makes the build fetch an image of its own")
        bad += sources(tree, path, steps)
    return bad


def sources(tree, path: str, steps: list) -> list[str]:
    """What CMake reads is copied, what is copied exists and is let through by .dockerignore."""
    bad = []
    copied = [word for kind, rest in steps if kind == "COPY" and "--from" not in rest for word in rest.split()[:-1]]
    folders = re.findall(r"^\s*add_subdirectory\((\w+)\)", tree.text("CMakeLists.txt"), re.MULTILINE)
    for folder in folders:
        if folder not in copied and not (folder == "tests" and "sandbox" not in path):
            bad.append(f"{path}: does not copy {folder}, which CMakeLists.txt reads")
    for file in re.findall(r"include\(([\w./-]+/[\w./-]+)\)", tree.text("CMakeLists.txt")):
        if not any(file == each or file.startswith(each + "/") for each in copied):
            bad.append(f"{path}: does not copy {file}, which CMakeLists.txt reads")
    let_through = [line[1:] for line in tree.text(".dockerignore").splitlines() if line.startswith("!")]
    for source in copied:
        if not (tree.root / source).exists():
            bad.append(f"{path}: copies {source}, which does not exist")
        if not any(source == each or source.startswith(each + "/") for each in let_through):
            bad.append(f"{path}: copies {source}, which .dockerignore holds back")
    return bad


def shared_steps(tree) -> list[str]:
    """The first steps are the same in all of them, or an engine builds the library four times."""
    bad = []
    first = None
    for name in PROGRAMS:
        path = f"docker/{name}.Dockerfile"
        steps = instructions(tree.text(path))
        at = next(i for i, (word, rest) in enumerate(steps) if "--target sheetbq sheetbq_postgres" in rest)
        first = first or steps[: at + 1]
        if steps[: at + 1] != first:
            bad.append(f"{path}: its steps up to the library differ from docker/job.Dockerfile's")
    return bad
