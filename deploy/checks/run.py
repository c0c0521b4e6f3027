"""run.py ROOT DISCOVERY     our own checks; one line each, and every complaint with its file"""

import sys
from pathlib import Path

import hcl
import rules_cloud
import rules_docker
import rules_run

CHECKS = [
    ("job and service have one name everywhere", rules_run.names),
    ("images have one path everywhere, and are deployed by digest", rules_run.images),
    ("variables and flags are those of the programs", rules_run.variables),
    ("secrets are named, not written down", rules_run.secrets),
    ("ports, probes and addresses are those of the program", rules_run.serving),
    ("who gives up first has the best words", rules_run.times),
    ("Terraform and gcloud deploy the same", rules_run.same),
    ("deploy.sh fills in what deploy/run leaves open", rules_run.filled_in),
    ("Cloud Build's substitutions and steps", rules_run.builds),
    ("compose.yaml runs what the Dockerfiles build", rules_run.compose),
    ("Dockerfiles: our own rules", rules_docker.own_rules),
    ("Dockerfiles share their first steps", rules_docker.shared_steps),
    ("each account has its rights and no others", rules_cloud.rights),
    ("roles of our own are the same in both", rules_cloud.roles_of_our_own),
    ("docs/security.md tells these rights", rules_cloud.documented_rights),
    ("Terraform and deploy.sh enable the same APIs", rules_cloud.apis),
    ("Terraform's names are declared and used", rules_cloud.references),
    ("Google's descriptions of Cloud Run, Scheduler, Logging and Build", rules_cloud.described),
    ("metrics are made of what the programs log", rules_cloud.metrics),
    ("alerts ask for metrics that there are", rules_cloud.alerts),
    ("the dashboard asks for metrics that there are", rules_cloud.dashboard),
]


def main(root: str, discovery: str) -> int:
    from tree import Tree, yaml

    try:
        tree = Tree(Path(root), Path(discovery))
    except (yaml.YAMLError, hcl.HclError, ValueError, OSError) as error:
        print(f"error: a file cannot be read: {error}")
        return 1
    failed = 0
    for name, check in CHECKS:
        try:
            bad = check(tree)
        except (KeyError, IndexError, TypeError, AttributeError, StopIteration, hcl.HclError) as error:
            bad = [f"something that this check looks for is not there: {type(error).__name__} {error}"]
        if bad is None:
            print(f"skipped: {name}: what it compares with is not here")
            continue
        for each in bad:
            print(f"error: {each}")
        failed += bool(bad)
        print(f"{'FAILED' if bad else 'ok'}: {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
