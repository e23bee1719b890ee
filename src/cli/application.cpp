#include "cli/application.hpp"

#include "cli/backup_commands.hpp"
#include "cli/context.hpp"
#include "cli/usage_errors.hpp"
#include "cli/version.hpp"

#include <csignal>
#include <exception>
#include <string_view>

namespace sealpost::cli {
namespace {

void add_global_options(CLI::App& app, Context& context)
{
    app.set_version_flag("--version", std::string("sealpost ") + std::string(version));
    app.add_option("--config", context.config_path, "The node's configuration file")->capture_default_str();
    app.add_option("--format", "text or json: how answers are printed")
        ->check(CLI::IsMember({"text", "json"}))
        ->each([&context](const std::string& value) { context.json = value == "json"; });
    app.require_subcommand(1);
    app.fallthrough();  // global options may stand behind the command, too
    app.footer(
        "Exit status: 0 done or yes, 1 the answer is no, 2 usage or configuration error, 3 temporary failure.\n"
        "Start with `sealpost demo`; every command has --help with examples.");
}

void add_commands(CLI::App& app, Context& context)
{
    add_demo_commands(app, context);
    add_serve_commands(app, context);
    add_config_commands(app, context);
    add_policy_commands(app, context);
    add_hat_commands(app, context);
    add_trace_commands(app, context);
    add_envelope_commands(app, context);
    add_tls_commands(app, context);
    add_cert_commands(app, context);
    add_dkim_commands(app, context);
    add_dmarc_commands(app, context);
    add_tlsrpt_commands(app, context);
    add_auth_commands(app, context);
    add_domain_commands(app, context);
    add_spf_commands(app, context);
    add_doctor_commands(app, context);
    add_people_commands(app, context);
    add_admin_commands(app, context);
    add_audit_commands(app, context);
    add_kek_commands(app, context);
    add_bounce_key_commands(app, context);
    add_queue_commands(app, context);
    add_backup_commands(app, context);
}

// What was wrong may have stood before --format, which then was not taken.
bool asks_for_json(int argc, char** argv)
{
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--format=json" || (word == "--format" && i + 1 < argc && argv[i + 1] == std::string_view("json")))
            return true;
    }
    return false;
}

}  // namespace

int run(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);  // a peer that goes away is an error of write(), not the end of us
    Context context;
    CLI::App app{"Sealpost: registered mail. A TLS-aware SMTP gateway and a registered envelope service.", "sealpost"};
    add_global_options(app, context);
    add_commands(app, context);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);  // help or version
        context.json = context.json || asks_for_json(argc, argv);
        context.fail({Fault::config, explain_usage_error(app, error)});
    } catch (const std::exception& broken) {
        context.fail({Fault::retry_later, std::string("internal error: ") + broken.what()});
    }
    return static_cast<int>(context.exit);
}

}  // namespace sealpost::cli
