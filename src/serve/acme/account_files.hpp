#pragma once

#include "serve/acme/conversation.hpp"
#include "sys/files/files.hpp"

namespace sealpost::acme {

// data_dir/acme/AUTHORITY, where account and states of an authority are kept (doc/spec/acme.md).
[[nodiscard]] files::Path authority_folder(const files::Path& data_dir, const std::string& authority);

// The account key of the authority, made at the first time, and the account's URL at this directory; empty when it has
// none there. Blocks.
[[nodiscard]] Result<Conversation::Account> open_account(const files::Path& folder, const std::string& directory_url);
[[nodiscard]] Result<> save_account_url(const files::Path& folder, const std::string& directory_url,
                                        const std::string& account_url);

}  // namespace sealpost::acme
