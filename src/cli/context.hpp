// cli: the commands, one file per command group. A group file defines add_<group>_commands(), which
// hangs its commands, with examples in their footer, under the application; main() calls them all.
// Standard output carries the answer only; everything else goes to standard error.
#pragma once

#include "base/result.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace sealpost::cli {

// Exit status everywhere (interfaces.md): the answer is yes / no / bad usage or configuration / try later.
enum class Exit { yes = 0, no = 1, usage = 2, temporary = 3 };

inline constexpr std::string_view default_config_path = "/etc/sealpost/sealpost.toml";

struct Context {
    std::string config_path{default_config_path};
    bool json = false;
    Exit exit = Exit::yes;

    // Prints to standard output: the object with --format json, the text otherwise.
    void answer(const boost::json::value& object, std::string_view text) const;
    // Prints "sealpost: <text>" to standard error and sets the exit status by the fault. With --format json, and when
    // nothing was answered, standard output gets {"outcome": "no" | "usage" | "temporary", "error": text}.
    void fail(const Error& error);

private:
    mutable bool has_answered_ = false;
};

void add_demo_commands(CLI::App& app, Context& context);
void add_serve_commands(CLI::App& app, Context& context);
void add_config_commands(CLI::App& app, Context& context);
void add_policy_commands(CLI::App& app, Context& context);
void add_hat_commands(CLI::App& app, Context& context);
void add_trace_commands(CLI::App& app, Context& context);
void add_envelope_commands(CLI::App& app, Context& context);
void add_tls_commands(CLI::App& app, Context& context);
void add_cert_commands(CLI::App& app, Context& context);
void add_dkim_commands(CLI::App& app, Context& context);
void add_dmarc_commands(CLI::App& app, Context& context);
void add_tlsrpt_commands(CLI::App& app, Context& context);
void add_auth_commands(CLI::App& app, Context& context);
void add_queue_commands(CLI::App& app, Context& context);
void add_track_commands(CLI::App& app, Context& context);
void add_traffic_commands(CLI::App& app, Context& context);
void add_account_commands(CLI::App& app, Context& context);
void add_people_commands(CLI::App& app, Context& context);
void add_admin_commands(CLI::App& app, Context& context);
void add_audit_commands(CLI::App& app, Context& context);
void add_bounce_key_commands(CLI::App& app, Context& context);
void add_kek_commands(CLI::App& app, Context& context);
void add_domain_commands(CLI::App& app, Context& context);
void add_spf_commands(CLI::App& app, Context& context);
void add_doctor_commands(CLI::App& app, Context& context);

}  // namespace sealpost::cli
