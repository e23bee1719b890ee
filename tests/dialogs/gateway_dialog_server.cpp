// The gateway's door for the dialogues in gateway/, bounces/, hosts/ and host_checks/: its intake with the names of
// zone.txt and the policy of policy.toml, both beside the dialogues; the key of bounce.key, the time of now.txt and the
// countries of country.csv, where they stand there too; scores by score.test. What it takes goes into a queue that
// nobody delivers. "anna" signs in with "right"; clients have the certificates of DIALOG_CERTIFICATES: "trusted", and
// "stranger", whose issuer nobody knows.
//
//   gateway_dialog_server FOLDER COMMAND ...   runs COMMAND ... with its endpoint as the next argument but
//                                              first, and ends with its status
#include "base/text.hpp"
#include "serve/gateway/intake.hpp"
#include "serve/post_office.hpp"
#include "sys/async/workers.hpp"
#include "sys/crypto/password.hpp"
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
                                                 const Clock& clock)
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
    parts->passwords = std::make_shared<people::PasswordChecker>();
    parts->is_public = true;
    if (std::filesystem::exists(folder / "bounce.key")) {
        std::vector<mail::BounceKey> keys;
        keys.push_back(mail::BounceKey::parse(trim(read(folder / "bounce.key"))).value());
        parts->bounce_keys = std::make_shared<const mail::BounceKeys>(std::move(keys));
    }
    parts->clock = &clock;
    parts->hostname = "mx.acme.test";
    parts->authserv_id = "mx.acme.test";
    const std::string hash = crypto::hash_password(Secret::copy_of("right"));
    parts->users = std::make_shared<gateway::SubmissionUsers>(gateway::SubmissionUsers::List{{"anna", hash}}, "");
    parts->hosts = std::make_shared<gateway::HostLimits>(clock);
    parts->senders = std::make_shared<gateway::SenderLimits>(clock);
    authcheck::Options options;
    options.hostname = parts->hostname;
    parts->checker = std::make_shared<authcheck::AuthChecker>(parts->resolver, clock, std::move(options));
    return parts;
}

// A certificate of its own with its key, as clients show it.
void write_certificate(const std::string& home, const std::string& name, const smtpd::Authority& authority)
{
    const auto key = crypto::PrivateKey::make_ecdsa_p256().value();
    const auto order = smtpd::Authority::order(name + ".test", false);
    const auto certificate = crypto::make_certificate(order, key, authority.issuer).value();
    const std::string text = certificate.to_pem() + std::string(key.to_pem().reveal_text());
    if (files::write_file(home + '/' + name + ".pem", text, files::Access::owner_only).has_error())
        throw std::runtime_error("a certificate cannot be written");
}

std::shared_ptr<tls::ServerIdentity> make_asking_identity(const smtpd::Authority& authority)
{
    const auto pairs = authority.identity("mx.acme.test")->current()->pairs();
    tls::ServerOptions options;
    crypto::TrustStore::Sources sources;
    sources.system = false;
    sources.pem_texts = {authority.issuer.certificate.to_pem()};
    options.client_trust = crypto::TrustStore::make(sources).value();
    return std::make_shared<tls::ServerIdentity>(tls::ServerContext::make(pairs, std::move(options)).value());
}

int run(const std::filesystem::path& folder, const std::string& home, char** words, int count)
{
    const smtpd::Authority authority;
    write_certificate(home, "trusted", authority);
    write_certificate(home, "stranger", smtpd::Authority());
    const SystemClock now;
    const auto stands_still = std::filesystem::exists(folder / "now.txt");
    const ManualClock then(stands_still ? parse_rfc3339(trim(read(folder / "now.txt"))).value() : WallTime());
    const Clock& clock = stands_still ? static_cast<const Clock&>(then) : now;
    const auto parts = make_parts(folder, home + "/store.db", clock);
    async::Workers workers(2);
    smtpd::MailServerOptions options;
    options.listener = "public";
    options.endpoints = {{IpAddress::loopback_v4(), 0}};
    options.profile.hostname = "mx.acme.test";
    options.profile.offer_starttls = true;
    options.identity = authority.identity("mx.acme.test");
    options.asking_identity = make_asking_identity(authority);
    options.make_handler = [parts] { return std::make_unique<gateway::Intake>(parts); };
    const auto server = smtpd::MailServer::start(workers, std::move(options)).value();
    std::string command =
        "DIALOG_CERTIFICATES=" + quote(home) + ' ' + quote(words[0]) + ' ' + format_endpoint(server->local().front());
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
    const int status = run(argv[1], home, argv + 2, argc - 2);
    std::filesystem::remove_all(home);
    return status;
}
