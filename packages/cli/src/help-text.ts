const EXIT_CODES = `
Exit codes:
  0  done
  1  finished, and found problems (corruption, unreadable files)
  2  wrong usage or configuration
  3  cannot run here (privilege, kernel, a tool that is missing)
  4  a fault of duet or a plugin
  130, 143  interrupted, after a clean checkpoint
`;

export const PROGRAM = `
Messages go to stderr, results to stdout. NO_COLOR is honoured.
${EXIT_CODES}
Examples:
  duet doctor                              # can it run here, and what is missing?
  duet run scrub --path /srv/photos        # verify the files, cached ones first
  duet residency --sort resident --limit 10 /var/lib
  duet watch --events dirty /home          # who writes what, page by page
  duet scrub report                        # what the scrubs found
`;

export const RUN = `
A run goes on where the last one stopped, until its cycle is complete; then a
new cycle begins. The first SIGINT or SIGTERM ends it after a checkpoint, the
second at once. Durations: 90s, 30m, 8h, 2d.

Tasks of one run share what they read: a cold file is read once for all of them.
With --deadline the disk is left alone until it has to be read to be through in
time; until then only what is cached, or read by others anyway, is taken.
${EXIT_CODES}
Examples:
  duet run scrub --path /srv
  duet run scrub --path /srv --exclude '*.tmp' --exclude cache --deadline 8h
  duet run scrub --path /srv --set scrub.olderThan=30d --dry-run
  duet run scrub --path /srv --io-pressure 5 --bandwidth 50M  # by day, beside others
  duet run scrub --path /srv --explain                      # why each unit came when it did
  duet run scrub --path /srv --order path --source none     # without Duet, to compare
  duet run scrub mine --path /srv --plugin ./mine.js --json
`;

export const WATCH = `
Each line has what happened, the pages (of 4096 bytes) first..last, and the
path. What is cached already comes first, as added or dirty. A state that ended
has a minus: -EXISTS. Events that nobody reads in time merge, none is dropped.
Exits with 0 after --duration, with 130 or 143 when interrupted.

Examples:
  duet watch /srv
  duet watch /srv --events exists,modified --interval 1000
  duet watch /srv --json --duration 60 | jq -r .path | sort | uniq -c
  duet watch /srv --record trace.duet --duration 30
  duet watch /srv --replay trace.duet
`;

export const RESIDENCY = `
Columns: cached pages in percent; a picture of the file (O all, o some of the
pages cached); bytes cached; size; bytes dirty; path. Sizes in units of 1024.
Reads the kernel's own answer (cachestat, mincore) and leaves the cache as it is.
Exits with 1 if some file could not be looked at.

Examples:
  duet residency --sort resident --limit 20 /var/lib/postgresql
  duet residency --cached-only --json /srv | jq .resident
  find /srv -name '*.iso' -print0 | duet residency -0 -
`;

export const DOCTOR = `
Exits with 0 if duet can run at all, with 3 if not. What is only nice to have
(tracefs without root, say) is listed with what it would give, and what to do.

Examples:
  duet doctor
  duet doctor --json | jq 'select(.ok | not)'
`;

export const STATUS = `
Reads the state database, and asks the processes that use it: runs show as
running, with what they have seen of the page cache.

Examples:
  duet status
  duet status --json | jq 'select(.type == "task" and .running)'
  duet status --json | jq 'select(.type == "session") | .lost'
`;

export const TASKS = `
Examples:
  duet tasks
  duet tasks --state /var/lib/duet --json
`;

export const ITEMS = `
Looks at the cache now: what the task would be told if it began at this moment.

Examples:
  duet items scrub
  duet items scrub --path /srv --json
`;

export const BITMAP = `
Prints ranges of file numbers, which are dense and belong to the state database.

Examples:
  duet bitmap scrub
  duet bitmap scrub --path /srv --json
`;
