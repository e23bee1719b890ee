#pragma once

#include "sys/db/connection.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::tally {

// How many octets of what others report are kept: of all, and of one author. Whatever nobody is proven to have sent is one
// author's, so that strangers push out each other's.
struct KeptOctets {
    std::int64_t most = 0;
    std::int64_t most_of_author = 0;
};

// The numbers of what is too much in `table`, which has the columns number, author and bytes: the oldest of each author, and
// then the oldest of all. The newest of what stays fit the limits.
[[nodiscard]] Result<std::vector<std::int64_t>> find_surplus(db::Connection& connection, const std::string& table,
                                                             KeptOctets kept);

// The same when something of `author` has just been added to what was within the limits: nearly always empty, and then two
// sums over an index.
[[nodiscard]] Result<std::vector<std::int64_t>> find_surplus_of(db::Connection& connection, const std::string& table,
                                                                KeptOctets kept, std::string_view author);

}  // namespace sealpost::tally
