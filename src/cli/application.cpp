#include "cli/application.hpp"

#include "cli/backup_commands.hpp"
#include "cli/completion.hpp"
#include "cli/context.hpp"
#include "cli/usage_errors.hpp"
#include "cli/value_names.hpp"
#include "cli/version.hpp"

#include <poll.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <string_view>
#include <vector>

namespace sealpost::cli {
namespace {

void add_global_options(CLI::App& app, Context& context)
{
    const auto refuse = [](std::int64_t) {
        throw CLI::ValidationError("--version", "stands in place of a command, and not behind one");
    };
    app.add_flag_function("--version", refuse, "Print the version of the program");
    app.add_option("--config", context.config_path, "The node's configuration file")->capture_default_str();
    app.add_option("--format", "text or json: how answers are printed")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "json"}))
        ->each([&context](const std::string& value) { context.json = value == "json"; });
    app.require_subcommand(1);
    app.fallthrough();  // global options may stand behind the command, too
    app.footer(
        "Exit status: 0 done or yes, 1 the answer is no, 2 usage or configuration error, 3 temporary failure.\n"
        "Every command has --help with examples.\n\n"
        "Examples:\n  sealpost demo\n  sealpost config example > sealpost.toml\n"
        "  sealpost --config sealpost.toml config check\n  sealpost --config sealpost.toml serve");
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
    add_account_commands(app, context);
    add_people_commands(app, context);
    add_admin_commands(app, context);
    add_audit_commands(app, context);
    add_kek_commands(app, context);
    add_bounce_key_commands(app, context);
    add_queue_commands(app, context);
    add_track_commands(app, context);
    add_traffic_commands(app, context);
    add_backup_commands(app, context);
}

// Of the options that stand before a command.
bool takes_value(std::string_view option) { return option == "--config" || option == "--format"; }

// Where the command stands; argc: nowhere.
int find_command(int argc, char** argv)
{
    int at = 1;
    while (at < argc && argv[at][0] == '-') at += takes_value(argv[at]) ? 2 : 1;
    return std::min(at, argc);
}

// "help" and "help queue list" for --help, as newcomers type it.
std::vector<const char*> read_words(int argc, char** argv)
{
    std::vector<const char*> words(argv, argv + argc);
    const int at = find_command(argc, argv);
    if (at == argc || std::string_view(argv[at]) != "help") return words;
    words.erase(words.begin() + at);
    words.push_back("--help");
    return words;
}

// --version counts before a command only: behind one it would be taken for that command's.
bool asks_for_version(int argc, char** argv)
{
    for (int i = 1; i < argc && argv[i][0] == '-'; ++i) {
        if (std::string_view(argv[i]) == "--version") return true;
        if (takes_value(argv[i])) ++i;
    }
    return false;
}

// The shell asks what may stand next: no command of the program's, since whatever follows it is another one's words.
bool asks_for_completion(int argc, char** argv) { return argc > 1 && std::string_view(argv[1]) == "complete"; }

void print_completions(const CLI::App& app, int argc, char** argv)
{
    const std::vector<std::string_view> words(argv + 2, argv + argc);
    for (const auto& word : complete(app, words)) std::cout << word << '\n';
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

// Whether whoever reads our standard output went away, as `head` does when it has enough.
bool is_reader_gone()
{
    pollfd out{STDOUT_FILENO, POLLOUT, 0};
    return ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

// An answer that did not arrive is no answer, whatever it was.
void check_output(Context& context)
{
    std::cout.flush();
    if (std::cout.good() || is_reader_gone()) return;
    std::cerr << "sealpost: standard output cannot be written: the answer is lost\n";
    if (context.exit != Exit::usage) context.exit = Exit::temporary;
}

void parse_and_run(CLI::App& app, Context& context, int argc, char** argv)
{
    try {
        const auto words = read_words(argc, argv);
        app.parse(static_cast<int>(words.size()), words.data());
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            app.exit(error);  // help
            return;
        }
        context.json = context.json || asks_for_json(argc, argv);
        context.fail({Fault::config, explain_usage_error(app, error)});
    } catch (const std::exception& broken) {
        context.fail({Fault::retry_later, std::string("internal error: ") + broken.what()});
    }
}

}  // namespace

void add_everything(CLI::App& app, Context& context)
{
    app.name("sealpost");
    app.description("Sealpost: registered mail. A TLS-aware SMTP gateway and a registered envelope service.");
    add_global_options(app, context);
    add_commands(app, context);
    name_values(app);
}

int run(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);  // a peer that goes away is an error of write(), not the end of us
    Context context;
    CLI::App app;
    add_everything(app, context);
    if (asks_for_version(argc, argv))
        std::cout << "sealpost " << version << '\n';
    else if (asks_for_completion(argc, argv))
        print_completions(app, argc, argv);
    else
        parse_and_run(app, context, argc, argv);
    check_output(context);
    return static_cast<int>(context.exit);
}

}  // namespace sealpost::cli
