#pragma once

#include "sys/files/files.hpp"

namespace sealpost::cli {

// Files that a command makes take the place of no others: a key may be in use. A fault of usage that names the file.
Result<> check_new_key(const files::Path& path);

// Of a public file, `what` (such as "chain"), whose key is written to `key`; none: "".
Result<> check_new_file(const files::Path& path, const files::Path& key, std::string_view what);

}  // namespace sealpost::cli
