// The gateway's door for the dialogues in gateway/, hosts/ and host_checks/: its intake with the names of zone.txt, the
// policy of policy.toml and the countries of country.csv (if it is there) beside the dialogues; scores by score.test. What it
// takes goes into a queue that nobody delivers.
//
//   gateway_dialog_server FOLDER COMMAND ...   runs COMMAND ... with its endpoint as the next argument but
//                                              first, and ends with its status
#include "serve/gateway/intake.hpp"
#include "serve/smtpd/mail_server.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "sys/files/files.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

using namespace sealpost;

namespace {

constexpr std::size_t max_file_bytes = 1024 * 1024;

std::string quote(std::string_view word)
{
    std::string quoted = "'";
    for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

std::string read(const std::filesystem::path& file) { return files::read_file(file.string(), max_file_bytes).value(); }

// Throws when the folder's files make no sense: then the dialogues would prove nothing.
std::shared_ptr<gateway::IntakeParts> make_parts(const std::filesystem::path& folder, const std::string& store,
                                                 const Clock& clock, async::BlockingPool& pool)
{
    auto database = db::Database::open(store).value();
    auto parts = std::make_shared<gateway::IntakeParts>();
    parts->policy = revisions::PolicyStore::open(database, clock, {{"public", policy::ListenerKind::public_mail}}).value();
    const auto submitted = parts->policy->submit(read(folder / "policy.toml"), "policy.toml", "dialogues").value();
    if (submitted.kind != revisions::SubmitResult::Kind::staged)
        throw std::runtime_error(config::format_problems(submitted.problems));
    parts->policy->commit("dialogues", "for the dialogues").value();
    parts->queue = queue::Queue::open(database, clock, log::Log::silent()).value();
    parts->resolver = std::make_shared<dns::CannedResolver>(read(folder / "zone.txt"));
    hostfacts::Options facts;
    facts.country = hostfacts::FactSource{folder / "country.csv", ""};
    facts.reputation = hostfacts::FactSource{{}, "score.test"};
    if (!std::filesystem::exists(facts.country->file)) facts.country.reset();
    const auto asker = std::make_shared<hostfacts::Asker>(parts->resolver, std::move(facts));
    asker->load().value();
    parts->host_asker = asker;
    parts->pool = &pool;
    parts->clock = &clock;
    parts->hostname = "mx.acme.test";
    parts->authserv_id = "mx.acme.test";
    authcheck::Options options;
    options.hostname = parts->hostname;
    parts->checker = std::make_shared<authcheck::AuthChecker>(parts->resolver, clock, std::move(options));
    return parts;
}

int run(const std::filesystem::path& folder, const std::string& store, char** words, int count)
{
    const SystemClock clock;
    async::BlockingPool pool(1);
    const auto parts = make_parts(folder, store, clock, pool);
    async::Workers workers(2);
    smtpd::MailServerOptions options;
    options.listener = "public";
    options.endpoints = {{IpAddress::loopback_v4(), 0}};
    options.profile.hostname = "mx.acme.test";
    options.make_handler = [parts] { return std::make_unique<gateway::Intake>(parts); };
    const auto server = smtpd::MailServer::start(workers, std::move(options)).value();
    std::string command = quote(words[0]) + ' ' + format_endpoint(server->local().front());
    for (int i = 1; i < count; ++i) command += ' ' + quote(words[i]);
    return std::system(command.c_str()) == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 3) {
        std::fputs("usage: gateway_dialog_server FOLDER COMMAND ...\n", stderr);
        return 2;
    }
    std::string home = (std::filesystem::temp_directory_path() / "dialogsXXXXXX").string();
    if (::mkdtemp(home.data()) == nullptr) return 2;
    const int status = run(argv[1], home + "/store.db", argv + 2, argc - 2);
    std::filesystem::remove_all(home);
    return status;
}
