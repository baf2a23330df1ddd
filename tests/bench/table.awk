# SPDX-License-Identifier: BSD-2-Clause
#
# Raw values, "addresses,kind,lists,system,measure,value" each, into a table per case and, with
# medians and extremes, into the file that csv names.  rate: that of the measures "paced-".

function row(measure, label, scale, format) {
    measures[++nmeasures] = measure
    labels[measure] = label
    scales[measure] = scale
    formats[measure] = format
}

BEGIN {
    FS = ","
    row("load-sorted", "text to answering, sorted, ms", 1, "%.0f")
    row("load-unsorted", "text to answering, unsorted, ms", 1, "%.0f")
    row("restart", "restart to first answer, ms", 1, "%.1f")
    row("swap", "image's rename to answer, ms", 1, "%.1f")
    row("memory", "memory, bytes/entry", 1, "%.2f")
    row("image", "image, bytes/entry", 1, "%.2f")
    row("loader-peak", "loader, largest process, MB", 1e-6, "%.0f")
    row("cpu", "server CPU, us/answer", 1, "%.2f")
    row("cpu-misses", "CPU, nothing listed, us/answer", 1, "%.2f")
    row("cpu-near", "CPU, all near misses, us/answer", 1, "%.2f")
    row("answers", "answers/s, thousands", 1e-3, "%.0f")
    row("tcp-cpu", "TCP pipelined: CPU, us/answer", 1, "%.2f")
    row("tcp-answers", "TCP pipelined: answers/s, 1000", 1e-3, "%.0f")
    row("workers1-cpu", "one worker: CPU, us/answer", 1, "%.2f")
    row("workers2-cpu", "two workers: CPU, us/answer", 1, "%.2f")
    row("workers1-answers", "one worker: answers/s, 1000", 1e-3, "%.0f")
    row("workers2-answers", "two workers: answers/s, 1000", 1e-3, "%.0f")
    row("paced-cpu", rate "/s: server CPU, us/answer", 1, "%.2f")
    row("p50", rate "/s: median latency, us", 1, "%.0f")
    row("p99", rate "/s: 99 % below, us", 1, "%.0f")
    row("p999", rate "/s: 99.9 % below, us", 1, "%.0f")
    row("p999-still", "the same, no reload", 1, "%.0f")
    row("p999-reload", "the same, reload every 2 s", 1, "%.0f")
    row("lost-reload", "queries lost meanwhile", 1, "%.0f")
    row("in-process", "in process, ns/answer", 1, "%.1f")
    row("refresh-new", "refresh, all lists new, ms", 1, "%.0f")
    row("refresh-new-bytes", "the same, MB fetched", 1e-6, "%.1f")
    row("refresh-new-peak", "the same, largest process, MB", 1e-6, "%.0f")
    row("refresh-changed", "refresh, 0.1 % changed, ms", 1, "%.0f")
    row("refresh-changed-bytes", "the same, MB fetched", 1e-6, "%.1f")
    row("refresh-changed-peak", "the same, largest process, MB", 1e-6, "%.0f")
    row("refresh-same", "refresh, nothing changed, ms", 1, "%.0f")
    row("refresh-same-bytes", "the same, MB fetched", 1e-6, "%.3f")
    row("lost", "queries lost", 1, "%.0f")
    print "addresses,kind,lists,system,measure,median,min,max,values" >csv
}

{
    name = $1 FS $2 FS $3
    if (!(name in seen)) {
        seen[name] = 1
        cases[++ncases] = name
    }
    key = name FS $4 FS $5
    value[key, ++count[key]] = $6
}

# Insertion sort: there are a dozen values.
function sort_values(key,    i, j, v) {
    for (i = 2; i <= count[key]; i++) {
        v = value[key, i]
        for (j = i - 1; j >= 1 && value[key, j] + 0 > v + 0; j--)
            value[key, j + 1] = value[key, j]
        value[key, j + 1] = v
    }
}

function median(key,    n) {
    n = count[key]
    if (n % 2)
        return value[key, (n + 1) / 2]
    return (value[key, n / 2] + value[key, n / 2 + 1]) / 2
}

function cell(key, measure,    n, f, text) {
    n = count[key]
    f = formats[measure]
    text = sprintf(f, median(key) * scales[measure])
    if (n > 1 && value[key, 1] != value[key, n])
        text = text sprintf(" (" f ".." f ")", value[key, 1] * scales[measure],
                            value[key, n] * scales[measure])
    return text
}

function print_row(name, measure,    s, key, line, any) {
    line = sprintf("%-32s", labels[measure])
    for (s = 1; s <= nsystems; s++) {
        key = name FS systems[s] FS measure
        if (!(key in count)) {
            line = line sprintf(" %-22s", "-")
            continue
        }
        any = 1
        sort_values(key)
        line = line sprintf(" %-22s", cell(key, measure))
        print key "," median(key) "," value[key, 1] "," value[key, count[key]] "," count[key] >csv
    }
    sub(/ +$/, "", line)
    if (any)
        print line
}

function ratio(key, floor) {
    return (key in count) ? sprintf("%.2f", median(key) / median(floor)) : "-"
}

function has_case(name, who,    m) {
    for (m = 1; m <= nmeasures; m++)
        if ((name FS who FS measures[m]) in count)
            return 1
    return 0
}

# Only the systems that the case has.
function pick_systems(name,    s, n, all) {
    n = split("echo rbl-dnsd rbl-loader ip4set ip4tset ip4trie dnset ip6trie nsd knotd", all, " ")
    nsystems = 0
    for (s = 1; s <= n; s++)
        if (has_case(name, all[s]))
            systems[++nsystems] = all[s]
}

# CPU of the best peer, as a multiple of ours.
function print_best(name,    s, key, ours, best, who) {
    ours = name FS "rbl-dnsd" FS "cpu"
    if (!(ours in count))
        return
    for (s = 1; s <= nsystems; s++) {
        key = name FS systems[s] FS "cpu"
        if (systems[s] == "echo" || systems[s] == "rbl-dnsd" || !(key in count))
            continue
        if (!who || median(key) < best) {
            best = median(key)
            who = systems[s]
        }
    }
    if (who)
        printf "%-32s %.2f (%s)\n", "server CPU, best peer to ours", best / median(ours), who
}

# What a server needs beyond receiving and sending.
function print_ratio(name,    s, key, floor, line) {
    floor = name FS "echo" FS "cpu"
    line = sprintf("%-32s", "server CPU, times that of echo")
    if (!(floor in count))
        return
    for (s = 1; s <= nsystems; s++) {
        key = name FS systems[s] FS "cpu"
        line = line sprintf(" %-22s", ratio(key, floor))
    }
    sub(/ +$/, "", line)
    print line
}

END {
    for (c = 1; c <= ncases; c++) {
        name = cases[c]
        split(name, part, FS)
        pick_systems(name)
        own = part[2] ~ /^rbldnsd:/
        printf "\n%d %s, %s, %s\n", part[1], own ? "entries" : "addresses", part[2],
            part[3] == 1 ? "one list" : part[3] " lists in one zone"
        line = sprintf("%-32s", "median (least..most)")
        for (s = 1; s <= nsystems; s++)
            line = line sprintf(" %-22s", systems[s] ~ /^(ip[46]|dn)/ ? "rbldnsd " systems[s] : systems[s])
        sub(/ +$/, "", line)
        print line
        for (m = 1; m <= nmeasures; m++) {
            print_row(name, measures[m])
            if (measures[m] == "cpu") {
                print_ratio(name)
                print_best(name)
            }
        }
    }
}
