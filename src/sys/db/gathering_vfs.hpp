#pragma once

#include <string>

namespace sealpost::db {

// The name of a file layer that is `base` (empty: SQLite's own) but for one thing: what is written to a write-ahead log
// is kept until the log is synchronised, read or cut, and then written in pieces of up to 128 KiB. SQLite writes each page
// with two calls; a commit of a few messages is one here. A write that fails is told by the call that puts it there.
// Two settings make this safe: synchronous=FULL, since readers learn of pages behind the sync, and cache_spill=off, so
// that the log is written within a commit only, where a failure undoes all of it. What is not synchronised when the
// file is closed is of no commit, and goes. Registered when it is first asked for.
[[nodiscard]] std::string gathering_vfs(const std::string& base);

}  // namespace sealpost::db
