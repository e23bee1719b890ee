#include "core/config/node_config.hpp"
#include "core/config/schema.hpp"
#include "core/config/tree.hpp"
#include "vectors.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>
#include <sstream>

namespace sealpost::config {
namespace {

using test::read_all;
namespace fs = std::filesystem;

fs::path vectors() { return fs::path(SEALPOST_SOURCE_DIR) / "tests/vectors/config"; }

TEST(ConfigExample, LoadsAndEqualsThePackagedFile)
{
    const auto loaded = read_config(make_example(), "/etc/sealpost/sealpost.toml");
    EXPECT_TRUE(loaded.config) << format_problems(loaded.problems);
    EXPECT_EQ(read_all(fs::path(SEALPOST_SOURCE_DIR) / "packaging/sealpost.toml"), make_example());
}

// Beside the file nobody but root may write: packaging/README.md.
TEST(ConfigExample, NamesSecretFilesInTheFolderOfTheNodesUser)
{
    std::istringstream lines(make_example());
    int named = 0;
    for (std::string line; std::getline(lines, line);) {
        line.erase(0, line.starts_with('#') ? 1 : 0);
        const std::string name = line.substr(0, line.find(" = "));
        if (name != "key" && name != "password_file" && name != "token_file" && name != "kek" && name != "former_keks") continue;
        EXPECT_NE(line.find("keys/"), std::string::npos) << line;
        ++named;
    }
    EXPECT_EQ(named, 7);
}

// A vector is a configuration; its first lines say what must become of it:
//   # ok        or    # LINE KEY   (one line for every problem, in order)
TEST(ConfigVectors, GiveEveryProblemWithItsLineAndKey)
{
    int count = 0;
    for (const auto& file : test::list_vectors("config")) {
        const auto text = read_all(file);
        const auto loaded = read_config(text, "/etc/sealpost/sealpost.toml");
        std::string told;
        for (const auto& problem : loaded.problems) told += "# " + std::to_string(problem.line) + ' ' + problem.key + '\n';
        if (told.empty()) told = "# ok\n";
        EXPECT_EQ(text.substr(0, told.size()), told) << file << '\n' << format_problems(loaded.problems);
        EXPECT_NE(text.substr(told.size(), 2), "# ") << file << ": expects more problems";
        EXPECT_EQ(loaded.config.has_value(), loaded.problems.empty());
        ++count;
    }
    EXPECT_GE(count, 20);
}

// Each dot is a table in another one, and quotes do not hide them.
TEST(ConfigTree, RefusesKeysOfManyDotsWhateverStandsBeforeThem)
{
    std::string dots;
    for (int i = 0; i < 100'000; ++i) dots += ".a";
    for (const std::string begin : {"a", "\"\\\"\"", "'\\'", "\"\\\\\""}) {
        std::vector<Problem> problems;
        EXPECT_FALSE(read_tree(begin + dots + " = 1\n", "x.toml", problems).has_value());
        ASSERT_EQ(problems.size(), 1U) << begin;
        EXPECT_EQ(problems[0].what, "a key has too many dots") << begin;
    }
    std::vector<Problem> problems;
    EXPECT_TRUE(read_tree("a = \"\\\"" + dots + "\"\n", "x.toml", problems).has_value()) << "in a value they are text";
}

TEST(Config, NamesTheKeysThatDifferFromThoseThatRun)
{
    const std::string text =
        "[node]\nhostname = \"mx1.acme.test\"\ndata_dir = \"data\"\nroles = [\"gateway\"]\n"
        "[[listener]]\nname = \"public\"\naddress = \"127.0.0.1:25\"\n";
    const auto read = [](const std::string& all) {
        auto loaded = read_config(all, "/etc/sealpost/sealpost.toml");
        EXPECT_TRUE(loaded.config) << format_problems(loaded.problems);
        return std::move(*loaded.config);
    };
    const auto running = read(text);
    using Keys = std::vector<std::string>;
    EXPECT_EQ(
        find_changed_keys(running, read("# a comment\n" + text + "max_connections = 300\n[limits]\nsession_timeout = 900\n")),
        Keys())
        << "a default that is written, and a value that is written otherwise, are no change";
    EXPECT_EQ(find_changed_keys(running, read(text + "kind = \"private\"\n[limits]\nmax_memory = \"1G\"\n[dns]\ntimeout = 7\n")),
              (Keys{"dns.timeout", "listener.kind", "limits.max_memory"}));
    EXPECT_EQ(find_changed_keys(running, read(text + "[[listener]]\nname = \"other\"\naddress = \"127.0.0.1:26\"\n")),
              Keys{"listener"});
    EXPECT_EQ(find_changed_keys(read(text + "[metrics]\nlisten = \"127.0.0.1:9\"\n"), running), Keys{"metrics.listen"});
}

TEST(Config, WarnsOfAServiceWhoseMailNothingVouchesFor)
{
    const auto loaded = read_config(read_all(vectors() / "gateway-and-service.toml"), "/srv/mail/sealpost.toml");
    ASSERT_TRUE(loaded.config) << format_problems(loaded.problems);
    NodeConfig config = *loaded.config;
    config.dkim.clear();
    config.service.send_addresses.clear();
    const auto weaknesses = find_weaknesses(config);
    ASSERT_EQ(weaknesses.size(), 2U);
    EXPECT_EQ(weaknesses[0].key, "dkim.domain");
    EXPECT_NE(weaknesses[0].hint.find(" --selector s1 --key-out "), std::string::npos) << weaknesses[0].hint;
    EXPECT_EQ(weaknesses[1].key, "service.send_addresses");

    config.service.send_addresses = {IpAddress::loopback_v4()};
    config.dkim = {{"example", "s1", "dkim.key"}};  // signs for keys.example, too
    EXPECT_TRUE(find_weaknesses(config).empty());
    config.dkim = {{"s.example", "s1", "dkim.key"}};
    EXPECT_EQ(find_weaknesses(config).size(), 1U);
    config.node.is_service = false;
    EXPECT_TRUE(find_weaknesses(config).empty());
}

TEST(Config, NamesItselfInResultsAsItIsToldOrByItsHostName)
{
    const auto told = read_config(read_all(vectors() / "authserv-id.toml"), "/etc/sealpost/sealpost.toml");
    ASSERT_TRUE(told.config) << format_problems(told.problems);
    EXPECT_EQ(told.config->node.authserv_id, "acme.example");
    EXPECT_EQ(told.config->limits.authentication_timeout, std::chrono::seconds(30));
    const auto alone = read_config(read_all(vectors() / "gateway-alone.toml"), "/etc/sealpost/sealpost.toml");
    ASSERT_TRUE(alone.config) << format_problems(alone.problems);
    EXPECT_EQ(alone.config->node.authserv_id, alone.config->node.hostname);
    EXPECT_EQ(alone.config->limits.authentication_timeout, std::chrono::seconds(20));
}

TEST(Config, KnowsTheOriginOfItsAdministrationPage)
{
    const auto plain = read_config(read_all(vectors() / "admin.toml"), "/etc/sealpost/sealpost.toml");
    ASSERT_TRUE(plain.config) << format_problems(plain.problems);
    EXPECT_EQ(plain.config->admin.url, "https://mx1.acme.example:8443");
    const auto told = read_config(read_all(vectors() / "admin-url.toml"), "/etc/sealpost/sealpost.toml");
    ASSERT_TRUE(told.config) << format_problems(told.problems);
    EXPECT_EQ(told.config->admin.url, "https://policies.acme.example");
    EXPECT_EQ(told.config->admin.listen.size(), 2U);
    const auto none = read_config(read_all(vectors() / "gateway-alone.toml"), "/etc/sealpost/sealpost.toml");
    ASSERT_TRUE(none.config) << format_problems(none.problems);
    EXPECT_TRUE(none.config->admin.listen.empty());
}

TEST(Config, KnowsWhoConnectsForOthers)
{
    const auto told = read_config(read_all(vectors() / "proxy-from.toml"), "/etc/sealpost/sealpost.toml");
    ASSERT_TRUE(told.config) << format_problems(told.problems);
    const auto& listener = told.config->listeners.at(0).proxy_from;
    ASSERT_EQ(listener.size(), 2U);
    EXPECT_EQ(format_network(listener[0]), "10.0.0.0/24");
    EXPECT_EQ(format_network(listener[1]), "2001:db8::7");
    ASSERT_EQ(told.config->admin.proxy_from.size(), 1U);
    EXPECT_EQ(format_network(told.config->admin.proxy_from[0]), "192.0.2.1");
    const std::string text = read_all(vectors() / "gateway-and-service.toml");
    const auto plain = read_config(text, "/etc/sealpost/sealpost.toml");
    ASSERT_TRUE(plain.config) << format_problems(plain.problems);
    EXPECT_TRUE(plain.config->listeners.at(0).proxy_from.empty());
    EXPECT_TRUE(plain.config->service.proxy_from.empty());
    const auto service = read_config(text + "proxy_from = \"10.0.0.0/24\"\n", "/etc/sealpost/sealpost.toml");
    ASSERT_TRUE(service.config) << format_problems(service.problems);
    EXPECT_EQ(service.config->service.proxy_from.size(), 1U);
}

TEST(Config, KnowsWhetherAdministratorsNeedASecondFactor)
{
    const auto told = read_config(read_all(vectors() / "second-factor-required.toml"), "/etc/sealpost/sealpost.toml");
    ASSERT_TRUE(told.config) << format_problems(told.problems);
    EXPECT_TRUE(told.config->administrators.must_have_second_factor);
    const auto plain = read_config(read_all(vectors() / "admin.toml"), "/etc/sealpost/sealpost.toml");
    ASSERT_TRUE(plain.config) << format_problems(plain.problems);
    EXPECT_FALSE(plain.config->administrators.must_have_second_factor);
}

TEST(Config, KeepsFactsForEverUnlessItIsToldHowLong)
{
    const auto plain = read_config(read_all(vectors() / "gateway-and-service.toml"), "/etc/sealpost/sealpost.toml");
    ASSERT_TRUE(plain.config) << format_problems(plain.problems);
    EXPECT_FALSE(plain.config->retention.envelopes || plain.config->retention.audit);
    const auto told = read_config(read_all(vectors() / "retention.toml"), "/etc/sealpost/sealpost.toml");
    ASSERT_TRUE(told.config) << format_problems(told.problems);
    EXPECT_EQ(told.config->retention.envelopes, std::chrono::hours(730 * 24));
    EXPECT_FALSE(told.config->retention.audit.has_value());
    EXPECT_NE(explain_key("retention.audit")->find("a duration such as \"15m\" or \"forever\", from \"30d\" to \"36500d\""),
              std::string::npos)
        << *explain_key("retention.audit");
    const auto small = read_config("[retention]\naudit = 730\n", "a.toml");
    EXPECT_NE(format_problems(small.problems).find("\"730s\" is out of range (from \"30d\" to \"36500d\")"), std::string::npos)
        << format_problems(small.problems);
}

TEST(Config, ResolvesPathsFromItsOwnFolder)
{
    const auto loaded = read_config(read_all(vectors() / "gateway-and-service.toml"), "/srv/mail/sealpost.toml");
    ASSERT_TRUE(loaded.config) << format_problems(loaded.problems);
    EXPECT_EQ(loaded.config->certificates[0].key, "/srv/mail/mx1.key");
    EXPECT_EQ(loaded.config->service.kek, "file:/srv/mail/kek.key");
    EXPECT_EQ(loaded.config->store.url, "sqlite:/var/lib/sealpost/sealpost.db");
    EXPECT_EQ(loaded.config->gateway.service_url, "https://keys.example");
    EXPECT_EQ(loaded.config->service.sender, "noreply@keys.example");
    EXPECT_EQ(loaded.config->delivery.helo, "mx1.acme.example");
    EXPECT_FALSE(loaded.config->delivery.reach_private_addresses_for_strangers);
    EXPECT_TRUE(loaded.config->tls.trust_system);
    EXPECT_EQ(loaded.config->limits.session_timeout, std::chrono::minutes(15));
}

TEST(Config, ReachesPrivateAddressesForStrangersWhereItSaysSo)
{
    std::string text = read_all(vectors() / "gateway-and-service.toml");
    const std::string key = "reach_private_addresses_for_strangers = true\n";
    const auto at = text.find("[delivery]\n");
    text = at == std::string::npos ? text + "[delivery]\n" + key : text.insert(at + 11, key);
    const auto loaded = read_config(text, "/srv/mail/sealpost.toml");
    ASSERT_TRUE(loaded.config) << format_problems(loaded.problems);
    EXPECT_TRUE(loaded.config->delivery.reach_private_addresses_for_strangers);
}

TEST(Config, SaysWhatWasProbablyMeant)
{
    const auto loaded = read_config("[node]\nhostnam = \"mx.acme.test\"\nroles = [\"gatway\"]\n", "a.toml");
    ASSERT_GE(loaded.problems.size(), 2U);
    EXPECT_NE(format_problems(loaded.problems).find("did you mean hostname?"), std::string::npos);
    EXPECT_NE(format_problems(loaded.problems).find("did you mean gateway?"), std::string::npos);
    EXPECT_EQ(explain_key("node.hostnam"), std::nullopt);
    EXPECT_EQ(find_similar_keys("node.hostnam"), std::vector<std::string>{"node.hostname"});
}

TEST(Config, ExplainsEveryKeyOfTheExample)
{
    const auto all = explain_key("");
    ASSERT_TRUE(all);
    for (const char* key : {"node.hostname", "listener.users_file", "delivery.mx_port", "metrics.listen"}) {
        EXPECT_TRUE(explain_key(key)) << key;
        EXPECT_NE(all->find(key), std::string::npos) << key;
    }
    EXPECT_TRUE(explain_key("listener"));
}

TEST(Config, TellsRangesAsTheyAreWritten)
{
    EXPECT_NE(explain_key("dns.timeout")->find("from \"1s\" to \"2m\""), std::string::npos) << *explain_key("dns.timeout");
    EXPECT_NE(explain_key("limits.max_memory")->find("from 0 to \"1T\""), std::string::npos) << *explain_key("limits.max_memory");
    EXPECT_NE(explain_key("limits.max_connections")->find("from 1 to 1000000"), std::string::npos);
    const auto loaded = read_config("[dns]\ntimeout = \"1h\"\n[limits]\nmax_memory = \"2T\"\nmax_connections = 0\n", "a.toml");
    const auto said = format_problems(loaded.problems);
    EXPECT_NE(said.find("\"1h\" is out of range (from \"1s\" to \"2m\")"), std::string::npos) << said;
    EXPECT_NE(said.find("\"2T\" is out of range (from 0 to \"1T\")"), std::string::npos) << said;
    EXPECT_NE(said.find("0 is out of range (from 1 to 1000000)"), std::string::npos) << said;
}

TEST(Config, ReadsWhatItWritesOfQuantities)
{
    for (const std::int64_t number : {1LL << 10, 3LL << 20, 5LL << 30, 7LL << 40}) {
        const auto written = format_quantity(Type::size, number);
        EXPECT_EQ(parse_size(written.substr(1, written.size() - 2)), number) << written;
    }
    for (const std::int64_t number : {0LL, 1LL, 59LL, 60LL, 7200LL, 86400LL, 90061LL}) {
        const auto written = format_quantity(Type::duration, number);
        EXPECT_EQ(parse_duration(written.substr(1, written.size() - 2)), number) << written;
    }
    EXPECT_EQ(format_quantity(Type::size, 1000), "1000");
}

TEST(Config, ListsTheTablesWhereOneIsUnknown)
{
    const auto said = format_problems(read_config("[zzzzzzzzzz]\n", "a.toml").problems);
    EXPECT_NE(said.find("unknown table or key (the tables are node, store, "), std::string::npos) << said;
    EXPECT_NE(format_problems(read_config("[nod]\n", "a.toml").problems).find("did you mean node?"), std::string::npos);
}

class ConfigFiles : public testing::Test {
protected:
    fs::path folder_ = fs::path(testing::TempDir()) / ("config-files-" + std::to_string(::getpid()));
    void SetUp() override { fs::create_directories(folder_); }
    void TearDown() override { fs::remove_all(folder_); }
    fs::path write(const std::string& name, const std::string& text)
    {
        std::ofstream(folder_ / name) << text;
        return folder_ / name;
    }
};

TEST_F(ConfigFiles, ReadASecretWithoutItsLineEnd)
{
    EXPECT_TRUE(load_secret(write("token", "spt_abc\n"))->equals(as_bytes("spt_abc")));
    EXPECT_EQ(load_secret(write("empty", "\n")).error().fault, Fault::config);
    EXPECT_EQ(load_secret(folder_ / "missing").error().fault, Fault::config);
    EXPECT_EQ(load_secret(folder_).error().fault, Fault::config);
}

TEST_F(ConfigFiles, ReadUsersAndRefuseClearPasswords)
{
    const auto users = load_users(write("users", "# staff\nalice:$argon2id$v=19$m=65536,t=3,p=1$c2FsdA$aGFzaA\n\n"));
    ASSERT_TRUE(users);
    ASSERT_EQ(users->size(), 1U);
    EXPECT_EQ(users->front().name, "alice");
    const auto refused = load_users(write("bad", "alice:secret\nbob\n"));
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().text.find("secret"), std::string::npos);
}

// Else a password that was changed by a line at the end would still be the former one, or both.
TEST_F(ConfigFiles, RefuseUsersThatStandTwice)
{
    const auto file = write("users", "alice:$argon2id$a\nbob:$argon2id$b\nalice:$argon2id$c\n");
    const auto refused = load_users(file);
    ASSERT_TRUE(refused.has_error());
    EXPECT_NE(refused.error().text.find("users:3: the same name as in line 1"), std::string::npos) << refused.error().text;
    NodeConfig config;
    config.listeners.resize(1);
    config.listeners.front().users_file = file;
    fs::permissions(file, fs::perms::owner_read);
    const auto problems = check_files(config);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems.front().key, "listener.users_file");
}

TEST_F(ConfigFiles, FindMissingFilesAndOpenSecrets)
{
    NodeConfig config;
    config.gateway.token_file = write("token", "x");
    fs::permissions(config.gateway.token_file, fs::perms::owner_read);
    EXPECT_TRUE(check_files(config).empty());
    fs::permissions(config.gateway.token_file, fs::perms::owner_read | fs::perms::others_read);
    EXPECT_EQ(check_files(config).size(), 1U);
    config.tls.trust_files = {folder_ / "missing.pem"};
    EXPECT_EQ(check_files(config).size(), 2U);
    config.dns.trust_anchor = folder_ / "missing.key";
    ASSERT_EQ(check_files(config).size(), 3U);
    EXPECT_EQ(check_files(config).front().key, "dns.trust_anchor");
}

TEST_F(ConfigFiles, FindALogThatCannotBeWrittenAndLeaveNothingBehind)
{
    NodeConfig config;
    config.log.file = folder_ / "logs/of/sealpost.log";  // made at start
    EXPECT_TRUE(check_files(config).empty());
    EXPECT_FALSE(fs::exists(folder_ / "logs"));
    config.log.file = folder_ / "sealpost.log";
    EXPECT_TRUE(check_files(config).empty());
    EXPECT_FALSE(fs::exists(config.log.file));
    config.log.file = write("sealpost.log", "a line\n");
    EXPECT_TRUE(check_files(config).empty());
    EXPECT_EQ(fs::file_size(config.log.file), 7U);
    for (const fs::path& place : {folder_, folder_ / "sealpost.log/below", fs::path("/proc/sealpost.log")}) {
        config.log.file = place;
        ASSERT_EQ(check_files(config).size(), 1U) << place;
        EXPECT_EQ(check_files(config).front().key, "log.file");
    }
}

TEST_F(ConfigFiles, FindTheKeyThatWrapsEnvelopeKeysMissingAndTellHowToMakeIt)
{
    NodeConfig config;
    config.node.is_service = true;
    config.service.kek = "file:" + (folder_ / "kek.key").string();
    const auto problems = check_files(config);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems.front().key, "service.kek");
    EXPECT_NE(problems.front().hint.find("sealpost kek new"), std::string::npos);
    write("kek.key", "x");
    fs::permissions(folder_ / "kek.key", fs::perms::owner_read);
    EXPECT_TRUE(check_files(config).empty());
}

// A new one would open nothing.
TEST_F(ConfigFiles, TellToRestoreAFormerKeyThatIsMissing)
{
    NodeConfig config;
    config.node.is_service = true;
    write("kek.key", "x");
    fs::permissions(folder_ / "kek.key", fs::perms::owner_read);
    config.service.kek = "file:" + (folder_ / "kek.key").string();
    config.service.former_keks = {"file:" + (folder_ / "old.key").string()};
    const auto problems = check_files(config);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems.front().key, "service.former_keks");
    EXPECT_EQ(problems.front().hint.find("kek new"), std::string::npos);
    EXPECT_NE(problems.front().hint.find("backup"), std::string::npos);
}

TEST_F(ConfigFiles, FindTheModuleAndThePinOfATokenMissingAndNameTheLine)
{
    NodeConfig config;
    config.node.is_service = true;
    config.service.kek_line = 10;
    const auto pin = folder_ / "kek.pin";
    config.service.kek =
        "pkcs11:token=keys;object=kek-1?module-path=" + (folder_ / "module.so").string() + "&pin-source=file:" + pin.string();
    const auto problems = check_files(config);
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_EQ(problems.front().key, "service.kek");
    EXPECT_EQ(problems.front().line, 10);
    EXPECT_NE(problems.back().what.find(pin.string()), std::string::npos);
    write("module.so", "x");
    write("kek.pin", "1234");
    fs::permissions(pin, fs::perms::owner_read | fs::perms::others_read);
    ASSERT_EQ(check_files(config).size(), 1U);
    EXPECT_NE(check_files(config).front().what.find("every user"), std::string::npos);
    EXPECT_EQ(check_files(config).front().what.find("1234"), std::string::npos);
}

}  // namespace
}  // namespace sealpost::config
