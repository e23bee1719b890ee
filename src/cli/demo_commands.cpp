#include "cli/context.hpp"
#include "cli/signals.hpp"
#include "serve/demo/page_api.hpp"
#include "serve/demo/smoke.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdlib>
#include <iostream>

namespace sealpost::cli {
namespace json = boost::json;
namespace {

struct DemoArguments {
    std::string directory;
    std::optional<std::uint16_t> port_base;
    bool smoke = false;
    bool break_certificate = false;
};

// A directory of our own, removed when the demo ends; or the one that was asked for, which stays.
class DemoDirectory {
public:
    explicit DemoDirectory(const std::string& wanted) : is_ours_(wanted.empty())
    {
        if (!is_ours_) {
            path_ = std::filesystem::absolute(wanted);
            return;
        }
        std::string pattern = (std::filesystem::temp_directory_path() / "sealpost-demo-XXXXXX").string();
        if (::mkdtemp(pattern.data())) path_ = pattern;
    }
    ~DemoDirectory()
    {
        std::error_code ignored;
        if (is_ours_ && !path_.empty()) std::filesystem::remove_all(path_, ignored);
    }
    DemoDirectory(const DemoDirectory&) = delete;
    DemoDirectory& operator=(const DemoDirectory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    bool is_ours_;
    std::filesystem::path path_;
};

json::object describe(demo::World& world)
{
    const auto& plan = world.plan();
    const auto& secrets = world.secrets();
    return {{"page", plan.page_url()},
            {"service", plan.service_url()},
            {"portal", plan.service_url() + "/portal"},
            {"mail_policies", plan.admin_url() + "/portal"},
            {"administrator", {{"name", secrets.administrator}, {"password", secrets.administrator_password}}},
            {"root", world.root_file().string()},
            {"submission",
             {{"address", format_endpoint(plan.submission)}, {"user", demo::alice}, {"password", secrets.submission_password}}},
            {"public_mx", format_endpoint(plan.public_mx)},
            {"name_server", format_endpoint(plan.names)},
            {"gateway_config", world.config_file("acme").string()}};
}

void explain(demo::World& world, std::ostream& out)
{
    const auto& plan = world.plan();
    out << "The demo world runs.\n\n"
        << "  start here    " << plan.page_url() << "\n"
        << "  the service   " << plan.service_url() << "   (private authority: " << world.root_file().string() << ")\n"
        << "  the portal    " << plan.service_url() << "/portal   " << world.secrets().administrator << " / "
        << world.secrets().administrator_password << "\n"
        << "  mail policies " << plan.admin_url() << "/portal   the same name and password\n"
        << "  submission    " << format_endpoint(plan.submission) << "   " << demo::alice << " / "
        << world.secrets().submission_password << "\n"
        << "  mx1.acme.test " << format_endpoint(plan.public_mx) << "\n"
        << "  name server   " << format_endpoint(plan.names) << "\n\n"
        << "The browser will say that it does not know the demo's certificate authority: accept it, or import the file.\n"
        << "Try the commands, too:\n"
        << "  sealpost tls test acme.test --resolver " << format_endpoint(plan.names) << " --port " << plan.public_mx.port
        << " --trust " << world.root_file().string() << "\n"
        << "  sealpost --config " << world.config_file("acme").string() << " hat check --listener public --ip "
        << format_ip(plan.service_sends_from) << " --host out.keys.test\n"
        << "  sealpost --config " << world.config_file("acme").string() << " doctor acme.test --include keys.test\n\n"
        << "Ctrl-C ends it." << std::endl;
}

std::string format_step(const demo::SmokeStep& step)
{
    return (step.problem ? "FAILED " : "ok    ") + step.what + (step.problem ? "\n       " + *step.problem : "");
}

void run_smoke(demo::World& world, const DemoArguments& arguments, Context& context)
{
    json::array steps;
    const bool passed = demo::play_smoke(world, {arguments.break_certificate}, [&](const demo::SmokeStep& step) {
        (context.json ? std::cerr : std::cout) << format_step(step) << std::endl;
        json::object told{{"what", step.what}, {"passed", !step.problem}};
        if (step.problem) told["problem"] = *step.problem;
        steps.push_back(std::move(told));
    });
    if (context.json) context.answer(json::object{{"passed", passed}, {"steps", std::move(steps)}}, "");
    context.exit = passed ? Exit::yes : Exit::no;
}

void run_demo(const DemoArguments& arguments, Context& context)
{
    block_signals();
    const DemoDirectory directory(arguments.directory);
    const SystemClock clock;
    auto world = demo::World::start({directory.path(), arguments.port_base}, clock);
    if (world.has_error()) return context.fail(world.error());
    if (arguments.smoke) return run_smoke(**world, arguments, context);
    demo::PageApi page(**world);
    auto started = page.start();
    if (started.has_error()) return context.fail(started.error());
    if (context.json) {
        context.answer(describe(**world), "");
        std::cout.flush();
    }
    explain(**world, context.json ? std::cerr : std::cout);
    while (wait_for_signal() == Signalled::reload) {
    }
    page.stop();
}

}  // namespace

void add_demo_commands(CLI::App& app, Context& context)
{
    auto arguments = std::make_shared<DemoArguments>();
    auto* command = app.add_subcommand("demo", "A small world on loopback that shows the whole story");
    command->add_option("--dir", arguments->directory,
                        "Keep the world's files here (default: a temporary directory, removed at the end)");
    command->add_option("--port-base", arguments->port_base,
                        "Use ports from N on (page N, service N+1, mail policies N+2, MX N+25 …); default: free ones");
    command->add_flag("--smoke", arguments->smoke, "Play the story once without a browser, one line a step, and exit 0 or 1");
    command->add_flag("--break-certificate", arguments->break_certificate,
                      "With --smoke: show an unsigned certificate at the domain test, so that the story must fail");
    command->footer("Examples:\n  sealpost demo\n  sealpost demo --port-base 8000 --dir /tmp/demo\n  sealpost demo --smoke");
    command->callback([arguments, &context] { run_demo(*arguments, context); });
}

}  // namespace sealpost::cli
