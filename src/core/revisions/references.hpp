#pragma once

#include "core/revisions/document_text.hpp"

#include <string>
#include <string_view>

namespace sealpost::revisions {

// Writes `to` wherever the document names the row `from` of `section`: a mail flow policy, a bounce profile, an encryption
// profile, or an address list ("list:NAME"); other rows are named nowhere. Only the names change. An error
// is a section in which they cannot be found, written as it is; the document is then half changed and of no use.
[[nodiscard]] config::Checked<> rename_references(DocumentText& document, std::string_view section, const std::string& from,
                                                  const std::string& to);

// Whether anything in the document names that row of `section`.
[[nodiscard]] bool has_references(const PolicyText& text, std::string_view section, std::string_view name);

}  // namespace sealpost::revisions
