// What the cert commands share: files of certificates and keys, and certificates as text.
#pragma once

#include "cli/context.hpp"
#include "core/certificates/store.hpp"

namespace sealpost::cli {

[[nodiscard]] Result<std::vector<crypto::Certificate>> load_chain(const std::string& path);
[[nodiscard]] Result<crypto::PrivateKey> load_key(const std::string& path);

// Of the node that the configuration describes.
[[nodiscard]] Result<certificates::Store> open_certificates(const Context& context);

[[nodiscard]] std::string format_names(const crypto::Certificate& certificate);
[[nodiscard]] std::string format_certificate(const crypto::Certificate& certificate);
// The chain as a drawing, with what is wrong and what mends it.
[[nodiscard]] std::string format_finding(const certificates::Finding& finding);
[[nodiscard]] std::string format_entry(const certificates::Entry& entry);
// "mx1: the demo certificate, which nobody can verify; …": one line.
[[nodiscard]] std::string format_entry_line(const certificates::Entry& entry);

inline constexpr std::string_view reload_hint =
    "A running node presents it after SIGHUP (systemctl reload sealpost); no connection is dropped.";

void add_cert_make_commands(CLI::App& group, Context& context);   // new, csr
void add_cert_import_command(CLI::App& group, Context& context);  // import

}  // namespace sealpost::cli
