"""Rights, APIs, monitoring, and Google's own descriptions of what we declare."""

import re

from deployed import terraform_facts
from discovery import body_of

# Who has what: orchestration.md 6.3 and docs/security.md. More than this is a finding, and so is less.
RIGHTS = {
    "sheetbq-job": {"roles/bigquery.jobUser", "roles/bigquery.dataEditor"},
    "sheetbq-orchestrator": {
        "roles/run.jobsExecutorWithOverrides",
        "sheetbqRunReader",
        "sheetbqLogReader",
        "roles/cloudsql.client",
        "roles/secretmanager.secretAccessor",
        "roles/bigquery.resourceViewer",
        "roles/bigquery.metadataViewer",
    },
    "sheetbq-scheduler": {"roles/run.servicesInvoker"},
    "sheetbq-deployer": {
        "roles/run.developer",
        "roles/logging.logWriter",
        "roles/artifactregistry.writer",
        "roles/storage.objectViewer",
        "roles/iam.serviceAccountUser",
    },
    "operators": {"roles/run.jobsExecutorWithOverrides", "roles/run.viewer", "roles/logging.viewer", "roles/cloudsql.client"},
}
# The scheduled form alone: there is no service to call.
SCHEDULED = {"sheetbq-scheduler": {"roles/run.jobsExecutor"}}
PLATFORM_METRICS = {
    "run.googleapis.com/job/completed_execution_count": {"result"},
    "run.googleapis.com/request_count": {"response_code", "response_code_class"},
}


def granted_by_terraform(tree) -> tuple[dict[str, set[str]], list[str]]:
    granted, bad = {}, []
    facts = terraform_facts(tree.resources)
    for (kind, name), block in tree.resources.items():
        if kind.endswith(("_iam_binding", "_iam_policy")):
            bad.append(f"deploy/terraform: {kind}.{name} takes away what others hold; use _iam_member")
        if not kind.endswith("_iam_member"):
            continue
        text = re.sub(
            r"google_project_iam_custom_role\.(\w+)\.name", lambda m: facts[m[0]].rpartition("/")[2], block.text
        )
        roles = set(re.findall(r"roles/[A-Za-z.]+|sheetbq(?:Run|Log)Reader", text))
        accounts = set(re.findall(r"google_service_account\.(\w+)\.member", block.text))
        who = {facts[f"google_service_account.{each}.member"].split(":")[1].split("@")[0] for each in accounts}
        if "var.operators" in block.text:
            who.add("operators")
        for each in who:
            granted.setdefault(each, set()).update(roles)
    return granted, bad


def granted_by_script(tree) -> dict[str, set[str]]:
    granted = {}
    script = re.sub(r"\\\n", " ", tree.text("deploy/gcloud/deploy.sh"))
    reader = r"projects/\$project_id/roles/(\w+)"
    role = r"(roles/[A-Za-z.]+|projects/\$project_id/roles/\w+)"
    for line in script.splitlines():
        roles = {re.sub(reader, r"\1", each) for each in re.findall(role, line)}
        who = set(re.findall(r"(?:member|account) (sheetbq-[a-z]+)", line))
        if re.search(r'"\$(person|who)"', line):
            who.add("operators")
        if roles and who and "make_account" not in line:
            for each in who:
                granted.setdefault(each, set()).update(roles)
    # Roles that a loop goes over, and whom the loop names.
    for loop in re.finditer(r"for role in ([^;]*); do(.*?)done", script, re.DOTALL):
        roles = {re.sub(reader, r"\1", each) for each in re.findall(role, loop[1])}
        who = "sheetbq-orchestrator" if "member sheetbq-orchestrator" in loop[2] else "operators"
        granted.setdefault(who, set()).update(roles)
    return granted


def rights(tree) -> list[str]:
    by_terraform, bad = granted_by_terraform(tree)
    for where, granted, wanted in (
        ("deploy/terraform", by_terraform, RIGHTS),
        ("deploy/gcloud/deploy.sh", granted_by_script(tree), {w: r | SCHEDULED.get(w, set()) for w, r in RIGHTS.items()}),
    ):
        for who in sorted(granted.keys() | wanted.keys()):
            for role in sorted(granted.get(who, set()) - wanted.get(who, set())):
                bad.append(f"{where}: gives {who} {role}, which is not needed")
            for role in sorted(wanted.get(who, set()) - granted.get(who, set())):
                bad.append(f"{where}: does not give {who} {role}")
    for path in ("deploy/terraform/iam.tf", "deploy/terraform/main.tf", "deploy/gcloud/deploy.sh"):
        text = re.sub(r"#.*", "", tree.text(path))
        for word in re.findall(r"all(?:Authenticated)?Users|--allow-unauthenticated|roles/(?:owner|editor)\b", text):
            bad.append(f"{path}: {word} lets in more than anybody needs")
    return bad


def roles_of_our_own(tree) -> list[str]:
    bad = []
    script = re.sub(r"\\\n\s*", "", tree.text("deploy/gcloud/deploy.sh"))
    for (kind, _), block in tree.resources.items():
        if kind == "google_project_iam_custom_role":
            role, wanted = block.arguments["role_id"], ",".join(block.arguments["permissions"])
            found = re.search(rf'make_role {role} "[^"]*" (\S+)', script)
            if not found or found[1] != wanted:
                bad.append(f"deploy/gcloud/deploy.sh: {role} is not {wanted}, as in Terraform")
    return bad


def documented_rights(tree) -> list[str] | None:
    """docs/security.md tells every right, and none besides."""
    path = tree.root / "docs/security.md"
    if not path.exists() or "## Roles on Google Cloud" not in path.read_text():
        return None
    table = path.read_text().split("## Roles on Google Cloud")[1].split("\n## ")[0]
    told = set(re.findall(r"roles/[A-Za-z.]+|sheetbq(?:Run|Log)Reader", re.sub(r"\(or [^)]*\)", "", table)))
    wanted = set().union(*RIGHTS.values())
    return [f"docs/security.md: {role} is told there or granted, not both" for role in sorted(told ^ wanted)]


def apis(tree) -> list[str]:
    script = re.search(r"services enable (.*?)\n}", tree.text("deploy/gcloud/deploy.sh"), re.DOTALL)[1]
    ours = set(re.findall(r"\w+\.googleapis\.com", script))
    local = next(block for block in tree.blocks if block.type == "locals" and "apis" in block.arguments)
    theirs = set(re.findall(r"\w+\.googleapis\.com", local.arguments["apis"].text))
    return [f"the API {api} is enabled by Terraform or by deploy.sh, not by both" for api in sorted(ours ^ theirs)]


def references(tree) -> list[str]:
    """What Terraform would say first: names that nobody declares, and variables that nobody uses."""
    bad = []
    text = "\n".join(tree.text(f"deploy/terraform/{name}") for name in tree.terraform if name.endswith(".tf"))
    text = re.sub(r"#.*", "", text)
    local = {name for block in tree.blocks if block.type == "locals" for name in block.arguments}
    used = set(re.findall(r"\bvar\.(\w+)", text))
    bad += [f"deploy/terraform: var.{name} is not declared" for name in sorted(used - tree.variables.keys())]
    bad += [f"deploy/terraform: variable {name} is never used" for name in sorted(tree.variables.keys() - used)]
    bad += [f"deploy/terraform: local.{name} is not declared" for name in sorted(set(re.findall(r"\blocal\.(\w+)", text)) - local)]
    for kind, name in sorted(set(re.findall(r"(?<![\w.\"])((?:google|terraform)_\w+)\.(\w+)", text))):
        if (kind, name) not in tree.resources:
            bad.append(f"deploy/terraform: {kind}.{name} is not declared")
    for name, block in tree.variables.items():
        if "description" not in block.arguments or "type" not in block.arguments:
            bad.append(f"deploy/terraform: variable {name} has no type or no description")
    example = tree.terraform["terraform.tfvars.example"].arguments
    for name in sorted(example.keys() - tree.variables.keys()):
        bad.append(f"deploy/terraform/terraform.tfvars.example: there is no variable {name}")
    for name, block in tree.variables.items():
        if "default" not in block.arguments and name not in example:
            bad.append(f"deploy/terraform/terraform.tfvars.example: lacks {name}, which has no default")
    return bad


def described(tree) -> list[str] | None:
    """Against Google's own descriptions of Cloud Run, Cloud Scheduler, Cloud Logging and Cloud Build."""
    run, logging, scheduler = (tree.discovery(f"{name}.json") for name in ("run.v2", "logging.v2", "cloudscheduler.v1"))
    if not (run and logging and scheduler):
        return None
    bad = []
    outside = {"location", "deletion_protection"}
    for kind, name, schema in (
        ("google_cloud_run_v2_job", "job", "GoogleCloudRunV2Job"),
        ("google_cloud_run_v2_service", "orchestrator", "GoogleCloudRunV2Service"),
    ):
        body = body_of(tree.resources[(kind, name)], outside | {"name"})
        bad += run.check(body, schema, f"deploy/terraform: {kind}.{name}")
    tick = body_of(tree.resources[("google_cloud_scheduler_job", "tick")], {"region", "paused"})
    bad += scheduler.check(tick, "Job", "deploy/terraform: google_cloud_scheduler_job.tick")
    for name, metric in tree.metrics().items():
        bad += logging.check(metric, "LogMetric", f"deploy/monitoring: {name}")
    for name in ("job", "orchestrator"):
        path = f"deploy/cloudbuild-{name}.yaml"
        bad += run.check(tree.yaml[path], "GoogleDevtoolsCloudbuildV1Build", path)
    return bad


def metrics(tree) -> list[str]:
    """Metrics are made of events and fields that the programs log."""
    bad = []
    for path, metric in tree.yaml.items():
        if not path.startswith("deploy/monitoring/metrics/"):
            continue
        if metric["name"] != "sheetbq_" + path.split("/")[-1].removesuffix(".yaml"):
            bad.append(f"{path}: its name is {metric['name']}")
        listed = re.search(r'jsonPayload\.event=(?:"(\w+)"|\(([^)]*)\))', metric["filter"])
        events = [listed[1]] if listed[1] else re.findall(r'"(\w+)"', listed[2])
        bad += [f"{path}: no program logs the event {event}" for event in events if event not in tree.programs.events]
        texts = [metric["filter"], metric.get("valueExtractor", ""), *metric.get("labelExtractors", {}).values()]
        for field in {part for text in texts for name in re.findall(r"jsonPayload\.([\w.]+)", text) for part in name.split(".")}:
            if field not in tree.programs.fields:
                bad.append(f"{path}: no program logs a field {field}")
        labels = {each["key"] for each in metric["metricDescriptor"].get("labels", [])}
        if labels != set(metric.get("labelExtractors", {})):
            bad.append(f"{path}: labels and labelExtractors name different labels")
        bad += [f"{path}: {name} is neither job nor orchestrator" for name in odd_names(metric["filter"])]
    return bad


def odd_names(text: str) -> list[str]:
    pairs = re.findall(r'(job_name|service_name)="([^"]*)"', text)
    wanted = {"job_name": {"sheettobigquery-job", "sheettobigquery-orchestrator"}, "service_name": {"sheettobigquery-orchestrator"}}
    return [name for kind, name in pairs if name not in wanted[kind]]


def check_filter(tree, where: str, text: str, groups: list[str]) -> list[str]:
    ours = {name: {each["key"] for each in metric["metricDescriptor"].get("labels", [])} for name, metric in tree.metrics().items()}
    bad = [f"{where}: {name} is neither job nor orchestrator" for name in odd_names(text)]
    kind = re.search(r'metric\.type="([^"]*)"', text)
    if not kind or len(re.findall(r'resource\.type="cloud_run_(?:job|revision)"', text)) != 1:
        return bad + [f"{where}: a filter needs one metric.type and one resource.type"]
    name = kind[1].removeprefix("logging.googleapis.com/user/")
    known = ours.get(name) if name != kind[1] else PLATFORM_METRICS.get(kind[1])
    if known is None:
        return bad + [f"{where}: there is no metric {kind[1]}"]
    for label in set(re.findall(r"metric\.labels?\.(\w+)", text + " " + " ".join(groups))) - known:
        bad.append(f"{where}: {kind[1]} has no label {label}")
    events = re.findall(r'"(\w+)"', text.partition("metric.labels.event")[2])
    declared = tree.metrics().get(name, {}).get("filter", "")
    bad += [f"{where}: the metric {name} does not count {event}" for event in events if f'"{event}"' not in declared]
    return bad


def alerts(tree) -> list[str]:
    bad, titles = [], set()
    for path, alert in tree.alerts().items():
        title = alert["displayName"].removeprefix("sheetbq: ")
        if title in titles or title == alert["displayName"]:
            bad.append(f"{path}: its name is not one of its own, or does not begin with sheetbq:")
        titles.add(title)
        if f'docs/operations.md, "{title}"' not in alert["documentation"]["content"]:
            bad.append(f"{path}: does not name its runbook, docs/operations.md, \"{title}\"")
        for condition in alert["conditions"]:
            inner = condition.get("conditionThreshold") or condition.get("conditionAbsent")
            if inner is None:
                bad.append(f"{path}: a condition is neither conditionThreshold nor conditionAbsent")
                continue
            groups = [each for one in inner["aggregations"] for each in one.get("groupByFields", [])]
            bad += check_filter(tree, path, inner["filter"], groups)
    return bad


def dashboard(tree) -> list[str]:
    bad = []
    path = "deploy/monitoring/dashboard.json"
    for widget in tree.dashboard["gridLayout"]["widgets"]:
        if set(widget) != {"title", "xyChart"}:
            bad.append(f"{path}: {widget.get('title')}: a widget has a title and an xyChart")
            continue
        for each in widget["xyChart"]["dataSets"]:
            query = each["timeSeriesQuery"]["timeSeriesFilter"]
            groups = query["aggregation"].get("groupByFields", []) + re.findall(r"\$\{([^}]*)\}", each["legendTemplate"])
            bad += check_filter(tree, f"{path}: {widget['title']}", query["filter"], groups)
    return bad
