"""What is deployed, against what the programs take, and the artefacts against each other."""

import re

import deployed

JOB, ORCHESTRATOR = "sheettobigquery-job", "sheettobigquery-orchestrator"
RUN = {"job": "deploy/run/job.yaml", "service": "deploy/run/orchestrator.yaml", "scheduled": "deploy/run/orchestrator-job.yaml"}
TERRAFORM = {
    "job": ("google_cloud_run_v2_job", "job"),
    "service": ("google_cloud_run_v2_service", "orchestrator"),
}


def both(tree) -> dict[str, dict]:
    """Everything that becomes a container on Cloud Run, by where it stands."""
    found = {path: deployed.knative(tree.yaml[path]) for path in RUN.values()}
    facts = deployed.terraform_facts(tree.resources)
    for kind, key in TERRAFORM.items():
        found[f"deploy/terraform {kind}"] = deployed.terraform(tree.resources[key], facts)
    return found


def names(tree) -> list[str]:
    bad = []
    default = tree.programs.flags["job-name"]["default"]
    if default != JOB:
        bad.append(f"the orchestrator looks for {default} by default, not {JOB}")
    for where, one in both(tree).items():
        wanted = JOB if where in (RUN["job"], "deploy/terraform job") else ORCHESTRATOR
        if one["name"] != wanted:
            bad.append(f"{where}: is named {one['name']}, not {wanted}")
        if one["env"].get("CLOUD_RUN_JOB_NAME", JOB) != JOB:
            bad.append(f"{where}: looks for the job {one['env']['CLOUD_RUN_JOB_NAME']}, not {JOB}")
    for file in ("deploy/gcloud/common.sh", "deploy/cloudbuild-job.yaml", "deploy/cloudbuild-orchestrator.yaml", "docker/compose.yaml"):
        for name in set(re.findall(r"sheettobigquery-[a-z]+", tree.text(file))) - {JOB, ORCHESTRATOR}:
            bad.append(f"{file}: {name} is neither {JOB} nor {ORCHESTRATOR}")
    for file in ("deploy/cloudbuild-job.yaml", "deploy/cloudbuild-orchestrator.yaml"):
        own = JOB if "job" in file else ORCHESTRATOR
        if set(re.findall(r"sheettobigquery-[a-z]+", tree.text(file))) != {own}:
            bad.append(f"{file}: does not deploy {own} alone")
    return bad


def images(tree) -> list[str]:
    """One path of an image everywhere, and always a digest where it is deployed."""
    bad = []
    path = "${_REGION}-docker.pkg.dev/${PROJECT_ID}/sheetbq/"
    for name in ("job", "orchestrator"):
        file = f"deploy/cloudbuild-{name}.yaml"
        if tree.yaml[file]["substitutions"].get("_IMAGE") != path + name:
            bad.append(f"{file}: _IMAGE is not {path}{name}")
        if f"@$$digest" not in tree.text(file):
            bad.append(f"{file}: does not deploy by digest")
    repository = tree.resources[("google_artifact_registry_repository", "images")].arguments["repository_id"]
    local = next(block.arguments["images"] for block in tree.blocks if block.type == "locals" and "images" in block.arguments)
    wanted = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}"
    if local != wanted or repository != "sheetbq":
        bad.append(f"deploy/terraform: images are in {local} of {repository}, not in {wanted} of sheetbq")
    if "$region-docker.pkg.dev/$project_id/sheetbq/$1" not in tree.text("deploy/gcloud/deploy.sh"):
        bad.append("deploy/gcloud/deploy.sh: make_image looks elsewhere than $region-docker.pkg.dev/$project_id/sheetbq/NAME")
    for where, one in both(tree).items():
        word = "${JOB_IMAGE}" if one["name"] == JOB else "${ORCHESTRATOR_IMAGE}"
        if one["image"] != word:
            bad.append(f"{where}: its image is {one['image']}, not {word}")
    return bad


def program_of(one: dict) -> str:
    return "job" if one["name"] == JOB else "orchestrator"


def check_flags(tree, args: list[str], where: str) -> list[str]:
    bad = []
    for word in args:
        match = re.fullmatch(r"--(no-)?([a-z-]+)(=.*)?", str(word))
        flag = tree.programs.flags.get(match[2]) if match else None
        if flag is None:
            bad.append(f"{where}: the orchestrator has no flag {word}")
        elif bool(flag["takes"]) != bool(match[3]):
            bad.append(f"{where}: {word}: the flag {'takes a value' if flag['takes'] else 'takes no value'}")
    return bad


def variables(tree) -> list[str]:
    """Every variable and every flag is one of the program's own tables."""
    bad = []
    for where, one in both(tree).items():
        program = program_of(one)
        for name in one["env"].keys() - tree.programs.variables[program]:
            bad.append(f"{where}: sheetbq-{program} has no variable {name}")
        bad += check_flags(tree, one["args"], where)
    for name, service in tree.yaml["docker/compose.yaml"]["services"].items():
        if name not in ("orchestrator", "helper"):
            continue
        for variable in service["environment"].keys() - tree.programs.variables[name]:
            bad.append(f"docker/compose.yaml: sheetbq-{name} has no variable {variable}")
        if name == "orchestrator":
            bad += check_flags(tree, service["command"], "docker/compose.yaml")
    return bad


def secrets(tree) -> list[str]:
    """A password is a name of a secret, never a value."""
    bad = []
    secret = re.compile(r"projects/\$\{PROJECT\}/secrets/sheetbq-[a-z-]+/versions/latest|\$\{SLACK_WEBHOOK\}")
    for where, one in both(tree).items():
        for name in ("POSTGRES_PASSWORD", "DATABASE_URL", "SLACK_WEBHOOK_URL"):
            if name in one["env"] and not secret.fullmatch(one["env"][name]):
                bad.append(f"{where}: {name} is {one['env'][name]}, not the name of a secret")
    for kind, name in tree.resources:
        if kind == "google_secret_manager_secret_version":
            bad.append(f"deploy/terraform: {kind}.{name} puts a secret into the state")
    return bad


def serving(tree) -> list[str]:
    """Ports, probes, and the door: as the program has them."""
    bad = []
    port = int(tree.programs.flags["port"]["default"])
    for where, one in both(tree).items():
        service = "instances" in one
        if one["ports"] != ([port] if service else []):
            bad.append(f"{where}: its ports are {one['ports']}; the program listens on {port}")
        if service and not {"--serve", "--auth=iam"} <= set(one["args"]):
            bad.append(f"{where}: a service on Cloud Run is started with --serve --auth=iam")
        for kind in ("startup", "liveness") if service else ():
            path = one[kind][0] if one[kind] else "nothing"
            if path not in tree.programs.open_paths:
                paths = " or ".join(sorted(tree.programs.open_paths))
                bad.append(f"{where}: the {kind} probe asks {path}; without a token only {paths} is answered")
    if f"EXPOSE {port}\n" not in tree.text("docker/orchestrator.Dockerfile"):
        bad.append(f"docker/orchestrator.Dockerfile: does not expose {port}")
    for where, uri in (
        ("deploy/terraform", tree.resources[("google_cloud_scheduler_job", "tick")].one("http_target").arguments["uri"]),
        ("deploy/gcloud/deploy.sh", re.search(r'make_schedule "(\$url[^"]*)"', tree.text("deploy/gcloud/deploy.sh"))[1]),
    ):
        path = re.sub(r"^(\$\{[^}]*\}|\$url)", "", uri)
        if path not in tree.programs.posts:
            bad.append(f"{where}: the schedule asks POST {path}, which the service does not know")
    return bad


def times(tree) -> list[str]:
    """Who gives up first: the one with the best words."""
    bad = []
    programs = tree.programs
    tick = programs.seconds("tick-budget") + programs.grace
    schedule = tree.resources[("google_cloud_scheduler_job", "tick")].arguments["attempt_deadline"]
    script = re.search(r"--attempt-deadline=(\d+s)", tree.text("deploy/gcloud/deploy.sh"))[1]
    if schedule != script:
        bad.append(f"Cloud Scheduler waits {schedule} in Terraform and {script} in deploy.sh")
    waits = int(schedule.rstrip("s"))
    if not tick < waits:
        bad.append(f"Cloud Scheduler gives up after {waits} s, before a tick answers, which takes up to {tick:.0f} s")
    cancelled = programs.seconds("timeout")
    for where, one in both(tree).items():
        if "instances" in one and one["timeout"] < waits:
            bad.append(f"{where}: requests end after {one['timeout']} s, before Cloud Scheduler gives up, after {waits} s")
        if one["name"] == JOB:
            own = int(one["env"].get("RUN_TIMEOUT_SECONDS", "3600"))
            if not cancelled < own < one["timeout"]:
                bad.append(
                    f"{where}: the orchestrator cancels after {cancelled} s, the job stops after {own} s, Cloud Run kills it "
                    f"after {one['timeout']} s; these must rise"
                )
    return bad


def same(tree) -> list[str]:
    """Terraform and the files for gcloud deploy the same."""
    found = both(tree)
    bad = []
    webhook = "projects/${PROJECT}/secrets/sheetbq-slack-webhook/versions/latest"
    for kind in TERRAFORM:
        path = RUN[kind]
        ours = found[path]
        if ours["env"].get("SLACK_WEBHOOK_URL") == "${SLACK_WEBHOOK}":
            ours["env"]["SLACK_WEBHOOK_URL"] = webhook
        bad += deployed.differences(found[f"deploy/terraform {kind}"], ours, path)
    script = tree.text("deploy/gcloud/deploy.sh")
    if f"webhook={webhook.replace('${PROJECT}', '$project_id')}\n" not in script:
        bad.append(f"deploy/gcloud/deploy.sh: SLACK_WEBHOOK is not {webhook}")
    # The scheduled job is the service's program with the same settings, but for who may call it.
    service, scheduled = found[RUN["service"]]["env"], found[RUN["scheduled"]]["env"]
    rest = {name: value for name, value in service.items() if name != "SHEETBQ_ALLOWED_EMAILS"}
    scheduled.setdefault("SLACK_WEBHOOK_URL", "")
    if scheduled["SLACK_WEBHOOK_URL"] == "${SLACK_WEBHOOK}":
        scheduled["SLACK_WEBHOOK_URL"] = webhook
    bad += deployed.differences({"env": rest}, {"env": scheduled}, RUN["scheduled"])
    return bad


def filled_in(tree) -> list[str]:
    """Each word in ${...} of deploy/run is one that deploy.sh fills in."""
    script = tree.text("deploy/gcloud/deploy.sh") + tree.text("deploy/gcloud/common.sh")
    filled = set(re.findall(r'"([A-Z_]+)=\$', script))
    bad = []
    for path in RUN.values():
        text = "\n".join(line for line in tree.text(path).splitlines() if not line.lstrip().startswith("#"))
        for word in sorted(set(re.findall(r"\$\{([A-Z_]+)\}", text)) - filled):
            bad.append(f"{path}: nobody fills ${{{word}}} in")
    return bad


def builds(tree) -> list[str]:
    """Cloud Build: substitutions, shell variables, the Dockerfile and what it takes."""
    bad = []
    builtin = {"PROJECT_ID", "SHORT_SHA"}
    for name in ("job", "orchestrator"):
        path = f"deploy/cloudbuild-{name}.yaml"
        build = tree.yaml[path]
        declared = set(build["substitutions"])
        text = re.sub(r"^\s*#.*$", "", tree.text(path), flags=re.MULTILINE)
        used = set(re.findall(r"(?<!\$)\$\{?([A-Z_][A-Z0-9_]*)", text))
        for word in sorted(used - declared - builtin):
            bad.append(f"{path}: ${word} is neither built in nor declared")
        for word in sorted(declared - used):
            bad.append(f"{path}: {word} is declared and never used, which Cloud Build refuses")
        for word in sorted(set(re.findall(r"(?<!\$)\$([a-z]\w*)", text))):
            bad.append(f"{path}: the shell's variable {word} must be written $${word}")
        words = next(step for step in build["steps"] if step["id"] == "build")["args"]
        if f"--file=docker/{name}.Dockerfile" not in words:
            bad.append(f"{path}: does not build docker/{name}.Dockerfile")
        taken = set(re.findall(r"^ARG (\w+)", tree.text(f"docker/{name}.Dockerfile"), re.MULTILINE))
        for word in words:
            if word.startswith("--build-arg=") and word.split("=")[1] not in taken:
                bad.append(f"{path}: docker/{name}.Dockerfile takes no {word.split('=')[1]}")
        if [step["id"] for step in build["steps"]] != ["build", "prove", "push", "deploy"]:
            bad.append(f"{path}: an image is built, proved, pushed and deployed, in this order")
        if build.get("options", {}).get("logging") != "CLOUD_LOGGING_ONLY":
            bad.append(f"{path}: a build with an account of its own needs options.logging: CLOUD_LOGGING_ONLY")
    return bad


def compose(tree) -> list[str]:
    bad = []
    for name, service in tree.yaml["docker/compose.yaml"]["services"].items():
        where = f"docker/compose.yaml: {name}"
        if name == "postgres":
            continue
        file = f"docker/{name}.Dockerfile"
        if service.get("image") != f"sheetbq-{name}" or service.get("build", {}).get("dockerfile") != file:
            bad.append(f"{where} is not sheetbq-{name} of {file}")
        if not service.get("read_only") or service.get("cap_drop") != ["ALL"] or service.get("user") != "65532:65532":
            bad.append(f"{where} does not run as 65532:65532 on a read-only root without capabilities")
        if not (tree.root / file).exists():
            bad.append(f"{where}: there is no {file}")
    return bad
