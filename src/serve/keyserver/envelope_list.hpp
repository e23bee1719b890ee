#pragma once

#include "core/keys/key_store.hpp"
#include "sys/http/respond.hpp"
#include "sys/http/router.hpp"

#include <limits>

namespace sealpost::keyserver {

// The page that a list is asked for: `?page=`, from 1; absent counts as 1.
[[nodiscard]] http::Checked<std::int64_t> read_page(const http::Request& request,
                                                    std::int64_t most = std::numeric_limits<int>::max());

// {"envelopes":[…],"next_page":2|null}: what `of` chooses, narrowed by `?query=` and `?page=` of the request; 50 a page, newest
// first.
Task<http::Checked<http::Response>> list_envelopes(const std::shared_ptr<keys::KeyStore>& keys, const http::Request& request,
                                                   keys::ListQuery of);

}  // namespace sealpost::keyserver
