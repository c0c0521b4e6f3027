#!/bin/bash
# show_table.sh API_ROOT KEY_FILE PROJECT.DATASET.TABLE [ROWS]
#
# Prints a table's columns and first rows as BigQuery's REST interface gives them, asked with curl and a token for the
# service account: nothing of sheetbq's own code stands between the table and what you see.
set -euo pipefail
[ $# -ge 3 ] || {
    sed -n '2s/^# /usage: /p' "$0" >&2
    exit 2
}
root=$1 key=$2 rows=${4:-5}
IFS=. read -r project dataset table <<<"$3"

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# A signed claim of who we are, exchanged for a token (RFC 7523).
token() {
    local uri now unsigned signature host_and_path
    uri=$(jq -r .token_uri "$key")
    now=$(date +%s)
    unsigned=$(jq -cj '{alg: "RS256", typ: "JWT", kid: .private_key_id}' "$key" | base64url)
    unsigned+=.$(jq -cj --argjson now "$now" '{iss: .client_email, aud: "https://oauth2.googleapis.com/token", iat: $now, exp: ($now + 3600),
        scope: "https://www.googleapis.com/auth/bigquery"}' "$key" | base64url)
    signature=$(printf %s "$unsigned" | openssl dgst -sha256 -sign <(jq -r .private_key "$key") | base64url)
    host_and_path=${uri#https://}
    [ "$host_and_path" = "$uri" ] || uri=$root/$host_and_path
    curl -sS --fail-with-body --noproxy '*' "$uri" \
        --data-urlencode grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer \
        --data-urlencode "assertion=$unsigned.$signature" | jq -re .access_token
}

bearer=$(token)
bigquery() {
    curl -sS --fail-with-body --noproxy '*' -H "Authorization: Bearer $bearer" \
        "$root/bigquery.googleapis.com/bigquery/v2/projects/$project/datasets/$dataset/tables/$table$1"
}
resource=$(bigquery "")
data=$(bigquery "/data?maxResults=$rows")

jq -rn --argjson table "$resource" --argjson data "$data" '
    def width: explode | map(if . >= 11904 and . < 65536 then 2 else 1 end) | add // 0;
    def clip: gsub("\n"; "⏎") | if length > 26 then .[:25] + "…" else . end;
    def grid:
        (transpose | map(map(width) | max)) as $widths
        | .[] | [., $widths] | transpose | map(.[0] + " " * (.[1] - (.[0] | width) + 2)) | add | sub(" +$"; "");
    ($table.schema.fields) as $fields
    | "\($table.tableReference.datasetId).\($table.tableReference.tableId): \($data.totalRows) rows",
      "",
      ([["  column", "type", "in the sheet"]]
          + ($fields | map(["  " + .name, .type, (.description // "" | clip)])) | grid),
      "",
      ([$fields | map(.name | clip)] + (($data.rows // []) | map(.f | map(.v | if . == null then "NULL" else tostring | clip end)))
          | map(.[0] |= "  " + .) | grid)
'
