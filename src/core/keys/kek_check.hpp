#pragma once

#include "core/keys/key_wrapper.hpp"
#include "sys/db/database.hpp"

namespace sealpost::keys {

// Whether the key-encryption keys at hand are those that the store was written with, and none is missing that it needs:
// what KeyStore::open() would say. Nothing changes, and tables of an older program do. Of a store without such tables: yes.
[[nodiscard]] Result<> check_kek(db::Database& database, KeyWrapper& kek);

// The same of keys that have recognised their versions: is none missing?
[[nodiscard]] Result<> check_needed_versions(db::Database& database, KeyWrapper& kek);

}  // namespace sealpost::keys
