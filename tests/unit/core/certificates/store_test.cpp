#include "certificates_world.hpp"
#include "core/certificates/report.hpp"

#include <boost/json/serialize.hpp>

namespace sealpost::certificates {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using CertificateStore = CertificatesWorld;

TEST_F(CertificateStore, MakesADemoCertificateWhereNoneIsInstalled)
{
    EXPECT_EQ(find().state, State::none);
    EXPECT_THAT(store_->prepare_start().value(), ElementsAre("mx1", "mx2"));
    const Entry demo = find();
    EXPECT_EQ(demo.state, State::demo);
    EXPECT_EQ(demo.finding.verdict, Verdict::self_signed);
    EXPECT_THAT(demo.chain().front().subject(), HasSubstr("Sealpost demo certificate"));
    EXPECT_THAT(demo.chain().front().dns_names(), ElementsAre("mx1.acme.test"));
    EXPECT_EQ(demo.days_left, 365);
    EXPECT_EQ(find("mx2").chain().front().key_type(), "RSA");
    EXPECT_THAT(store_->prepare_start().value(), IsEmpty());
    EXPECT_EQ(find().chain().front(), demo.chain().front());
}

TEST_F(CertificateStore, MakesTheDemoCertificateAnewWhenItExpired)
{
    ASSERT_TRUE(store_->prepare_start());
    clock_.advance(std::chrono::days(366));
    EXPECT_THAT(store_->prepare_start().value(), ElementsAre("mx1", "mx2"));
    EXPECT_EQ(find().days_left, 365);
}

TEST_F(CertificateStore, LeavesAnInstalledCertificateAtStart)
{
    ASSERT_TRUE(install({leaf(), intermediate(), key_text()}).is_installed);
    EXPECT_THAT(store_->prepare_start().value(), ElementsAre("mx2"));
    EXPECT_EQ(find().state, State::installed);
}

TEST_F(CertificateStore, ListsWhatIsKeptHereAndWhatIsInFiles)
{
    const auto entries = store_->list();
    ASSERT_THAT(entries, SizeIs(3));
    EXPECT_TRUE(entries[0].is_kept_by_node);
    EXPECT_THAT(entries[0].used_by, ElementsAre("listener public", "admin"));
    EXPECT_THAT(entries[1].used_by, IsEmpty());
    EXPECT_FALSE(entries[2].is_kept_by_node);
    EXPECT_EQ(entries[2].state, State::installed);
    EXPECT_EQ(entries[2].finding.verdict, Verdict::ok);
    EXPECT_EQ(entries[2].days_left, 100);
}

TEST_F(CertificateStore, InstallsInAnyOrderAndPutsInOrder)
{
    const std::string text = key_text() + intermediate() + "some words\n" + root_.certificate.to_pem() + leaf();
    const auto installed = install({text});
    EXPECT_TRUE(installed.is_installed);
    EXPECT_THAT(installed.left_out, ElementsAre(root_.certificate));
    const Entry entry = find();
    ASSERT_THAT(entry.chain(), SizeIs(2));
    EXPECT_EQ(entry.chain()[0].common_name(), "mx1.acme.test");
    EXPECT_EQ(entry.chain()[1], issuing_.certificate);
    EXPECT_EQ(entry.finding.verdict, Verdict::ok);
    EXPECT_TRUE(entry.installed_at.has_value());
    EXPECT_TRUE(files::check_private(kept("key.pem")));
}

TEST_F(CertificateStore, KeepsTheCertificateBeforeThisOneBeside)
{
    ASSERT_TRUE(install({leaf(), intermediate(), key_text()}).is_installed);
    const auto before = files::read_file(kept("chain.pem"), 100000).value();
    const auto key = crypto::PrivateKey::make_ecdsa_p256().value();
    ASSERT_TRUE(install({leaf({"mx1.acme.test"}, key), intermediate(), std::string(key.to_pem().reveal_text())}).is_installed);
    EXPECT_EQ(files::read_file(kept("chain.pem.previous"), 100000).value(), before);
    EXPECT_EQ(files::read_file(kept("key.pem.previous"), 100000).value(), key_text());
    EXPECT_TRUE(files::check_private(kept("key.pem.previous")));
}

TEST_F(CertificateStore, KeepsTheInstalledCertificateWhileARequestWaits)
{
    ASSERT_TRUE(store_->prepare_start());
    RequestOrder order;
    order.subject.organization = "Acme, Inc.";
    order.subject.country = "FR";
    const Request request = store_->make_request("mx1", order).value();
    EXPECT_THAT(request.names, ElementsAre("mx1.acme.test"));
    EXPECT_EQ(request.key, "EC 256");
    EXPECT_THAT(request.pem, HasSubstr("BEGIN CERTIFICATE REQUEST"));
    EXPECT_EQ(find().state, State::demo);
    EXPECT_EQ(find().request->pem, request.pem);
    EXPECT_TRUE(files::check_private(kept("request.key")));
}

TEST_F(CertificateStore, InstallsTheSignedRequestWithoutTouchingAKey)
{
    RequestOrder order;
    order.key_type = "rsa";
    order.names = {"mx1.acme.test", "mail.acme.test"};
    EXPECT_EQ(store_->make_request("mx1", order).value().key, "RSA 3072");
    const auto pem = files::read_secret(kept("request.key"), 100000).value();
    const auto key = crypto::PrivateKey::parse_pem(pem.reveal_text()).value();
    EXPECT_TRUE(install({leaf({"mx1.acme.test"}, key), intermediate()}).is_installed);
    const Entry entry = find();
    EXPECT_EQ(entry.state, State::installed);
    EXPECT_FALSE(entry.request.has_value());
    EXPECT_FALSE(std::filesystem::exists(kept("request.key")));
    EXPECT_TRUE(store_->load("mx1").value().key.belongs_to(entry.chain().front()));
}

TEST_F(CertificateStore, ReplacesARequestByTheNext)
{
    const auto first = store_->make_request("mx1", {}).value();
    const auto second = store_->make_request("mx1", {}).value();
    EXPECT_NE(first.pem, second.pem);
    EXPECT_EQ(find().request->pem, second.pem);
}

// Somebody asks again while the authority still works on what was asked for before.
TEST_F(CertificateStore, InstallsTheCertificateOfTheRequestBefore)
{
    const auto key_of_request = [&] {
        return crypto::PrivateKey::parse_pem(files::read_secret(kept("request.key"), 100000)->reveal_text()).value();
    };
    ASSERT_TRUE(store_->make_request("mx1", {}));
    const auto first_key = key_of_request();
    ASSERT_TRUE(store_->make_request("mx1", {}));
    EXPECT_TRUE(files::check_private(kept("request.key.previous")));
    // A key that nobody asked with, left by a crash, does not take the place of one that somebody did.
    std::filesystem::remove(kept("request.pem"));
    const auto third = store_->make_request("mx1", {}).value();
    const auto third_key = key_of_request();

    EXPECT_TRUE(install({leaf({"mx1.acme.test"}, first_key), intermediate()}).is_installed);
    EXPECT_TRUE(store_->load("mx1")->key.belongs_to(find().chain().front()));
    EXPECT_EQ(find().request->pem, third.pem) << "still waits";
    EXPECT_FALSE(std::filesystem::exists(kept("request.key.previous")));

    EXPECT_TRUE(install({leaf({"mx1.acme.test"}, third_key), intermediate()}).is_installed);
    EXPECT_FALSE(find().request.has_value());
}

TEST_F(CertificateStore, ForgetsTheRequestBeforeWithTheLastOne)
{
    ASSERT_TRUE(store_->make_request("mx1", {}));
    ASSERT_TRUE(store_->make_request("mx1", {}));
    ASSERT_TRUE(store_->make_request("mx1", {}));
    const auto pem = files::read_secret(kept("request.key"), 100000).value();
    const auto key = crypto::PrivateKey::parse_pem(pem.reveal_text()).value();
    EXPECT_TRUE(install({leaf({"mx1.acme.test"}, key), intermediate()}).is_installed);
    for (const char* file : {"request.key", "request.pem", "request.key.previous"})
        EXPECT_FALSE(std::filesystem::exists(kept(file))) << file;
}

TEST_F(CertificateStore, TakesAForgottenIntermediateAlone)
{
    EXPECT_EQ(install({leaf(), key_text()}).finding.verdict, Verdict::missing_intermediate);
    ASSERT_TRUE(install({leaf(), key_text()}, true).is_installed);
    EXPECT_EQ(find().finding.verdict, Verdict::missing_intermediate);
    EXPECT_EQ(find().finding.faulty, 1U) << "behind the last";
    EXPECT_TRUE(install({intermediate()}).is_installed);
    EXPECT_EQ(find().finding.verdict, Verdict::ok);
    EXPECT_FALSE(find().finding.faulty);
    EXPECT_THAT(find().chain(), SizeIs(2));
}

TEST_F(CertificateStore, RefusesWhatDoesNotVerifyWithoutTheLongerWord)
{
    EXPECT_EQ(check({leaf(), intermediate(), key_text()}), Verdict::ok);
    EXPECT_EQ(check({leaf(), key_text()}), Verdict::missing_intermediate);
    EXPECT_EQ(check({leaf({"mx1.acme.test"}, key_, -1), intermediate(), key_text()}), Verdict::expired);
    EXPECT_EQ(check({leaf({"mx9.acme.test"}, key_), intermediate(), key_text()}), Verdict::name_mismatch);
    const auto other = make_authority("CN=Other Root, O=Other", std::nullopt);
    auto order = order_for("CN=mx1.acme.test", clock_.now(), false);
    order.dns_names = {"mx1.acme.test"};
    const auto strange = crypto::make_certificate(order, key_, other).value().to_pem();
    EXPECT_EQ(check({strange, other.certificate.to_pem(), key_text()}), Verdict::untrusted_root);
    EXPECT_EQ(check({crypto::make_certificate(order, key_).value().to_pem(), key_text()}), Verdict::self_signed);
    EXPECT_EQ(find().state, State::none);
}

TEST_F(CertificateStore, RefusesWhatCannotBeInstalledWhateverTheWord)
{
    const auto other = crypto::PrivateKey::make_ecdsa_p256().value();
    const std::string other_key(other.to_pem().reveal_text());
    EXPECT_EQ(check({leaf(), intermediate()}), Verdict::no_key);
    EXPECT_EQ(check({leaf(), intermediate(), other_key}), Verdict::wrong_key);
    EXPECT_EQ(check({key_text()}), Verdict::no_certificate);
    EXPECT_EQ(check({leaf(), key_text(), other_key}), Verdict::not_read);
    EXPECT_EQ(check({"no certificate at all"}), Verdict::not_read);
    const auto installed = install({leaf(), intermediate(), other_key}, true);
    EXPECT_FALSE(installed.is_installed);
    EXPECT_THAT(installed.finding.fix.en, Not(IsEmpty()));
    EXPECT_THAT(installed.finding.fix.fr, Not(IsEmpty()));
    ASSERT_TRUE(install({leaf(), intermediate(), key_text()}).is_installed);
    EXPECT_EQ(check({leaf({"mx1.acme.test"}, other), intermediate()}), Verdict::wrong_key);
}

TEST_F(CertificateStore, InstallsNothingThatNoListenerCanShowWhateverTheWord)
{
    const auto short_key = crypto::PrivateKey::make_rsa(1024).value();
    const std::string short_key_text(short_key.to_pem().reveal_text());
    auto order = order_for("CN=mx1.acme.test", clock_.now(), false);
    order.dns_names = {"mx1.acme.test"};
    const auto self_signed = crypto::make_certificate(order, short_key).value().to_pem();
    order.hash = "SHA1";
    const auto old_signature = crypto::make_certificate(order, key_, issuing_).value().to_pem();
    struct Case {
        std::vector<std::string> texts;
        Verdict verdict;
    };
    const std::vector<Case> cases{
        {{leaf({"mx1.acme.test"}, short_key), intermediate(), short_key_text}, Verdict::weak_key},
        {{leaf({"mx1.acme.test"}, short_key), short_key_text}, Verdict::weak_key},  // and the intermediate is missing
        {{self_signed, short_key_text}, Verdict::weak_key},
        {{old_signature, intermediate(), key_text()}, Verdict::weak_signature},
        {{old_signature, key_text()}, Verdict::weak_signature},
    };
    for (const Case& one : cases) {
        const auto installed = install(one.texts, true);
        EXPECT_FALSE(installed.is_installed);
        EXPECT_EQ(installed.finding.verdict, one.verdict) << installed.finding.detail;
        EXPECT_THAT(installed.finding.detail, HasSubstr("mx1.acme.test"));
        EXPECT_THAT(installed.finding.fix.en, HasSubstr("No listener can show it"));
    }
    EXPECT_EQ(find().state, State::none);
}

TEST_F(CertificateStore, ReplacesAPairThatIsDamagedOrOpenToOthers)
{
    namespace fs = std::filesystem;
    const std::vector<std::string> good{leaf(), intermediate(), key_text()};
    const auto other = crypto::PrivateKey::make_ecdsa_p256().value();
    const std::vector<std::function<void()>> damages{
        [&] { fs::permissions(kept("key.pem"), fs::perms(0644)); },
        [&] { fs::resize_file(kept("chain.pem"), 100); },
        [&] { fs::resize_file(kept("key.pem"), 20); },
        [&] { write("data/certificates/mx1/key.pem", other.to_pem().reveal_text()); },
    };
    for (const auto& damage : damages) {
        ASSERT_TRUE(install(good).is_installed);
        damage();
        ASSERT_TRUE(store_->load("mx1").has_error());
        const auto refused = store_->check("mx1", material({leaf(), intermediate()}));
        ASSERT_TRUE(refused) << refused.error().text;
        EXPECT_EQ(refused->verdict, Verdict::no_key);
        EXPECT_THAT(refused->detail, HasSubstr("what is installed cannot be used"));
        EXPECT_EQ(check(good), Verdict::ok);
        ASSERT_TRUE(install(good).is_installed);
        EXPECT_EQ(find().finding.verdict, Verdict::ok);
    }
}

TEST_F(CertificateStore, InstallsBesideARequestWhoseKeyIsDamaged)
{
    ASSERT_TRUE(store_->make_request("mx1", {}));
    std::filesystem::resize_file(kept("request.key"), 20);
    const auto refused = store_->check("mx1", material({leaf(), intermediate()}));
    ASSERT_TRUE(refused) << refused.error().text;
    EXPECT_THAT(refused->detail, HasSubstr("the key of the request cannot be used"));
    EXPECT_TRUE(install({leaf(), intermediate(), key_text()}).is_installed);
}

TEST_F(CertificateStore, ChangesNothingThatIsKeptInFiles)
{
    EXPECT_EQ(store_->install("mx3", material({leaf()}), true).error().fault, Fault::denied);
    EXPECT_EQ(store_->make_request("mx3", {}).error().fault, Fault::denied);
    EXPECT_EQ(store_->find("mx9").error().fault, Fault::denied);
    EXPECT_TRUE(store_->load("mx3"));
}

TEST_F(CertificateStore, LetsOneChangeAtATime)
{
    ASSERT_TRUE(store_->prepare_start());
    const auto held = files::DirectoryLock::take(kept(""));
    ASSERT_TRUE(held);
    EXPECT_EQ(store_->install("mx1", material({leaf()}), true).error().fault, Fault::retry_later);
    EXPECT_EQ(store_->make_request("mx1", {}).error().fault, Fault::retry_later);
    EXPECT_EQ(find().state, State::demo);
}

TEST_F(CertificateStore, WarnsOfTheDemoCertificateAndOfWhatDoesNotVerify)
{
    ASSERT_TRUE(store_->prepare_start());
    EXPECT_THAT(find_weaknesses(config_, *store_), SizeIs(2));
    ASSERT_TRUE(install({leaf(), intermediate(), key_text()}).is_installed);
    EXPECT_THAT(find_weaknesses(config_, *store_), SizeIs(1));
    clock_.advance(std::chrono::days(101));
    EXPECT_THAT(find_weaknesses(config_, *store_), SizeIs(3));
    EXPECT_EQ(find().state, State::expired);
    EXPECT_EQ(find().days_left, -1);
}

TEST_F(CertificateStore, WantsNothingByHandWhereAnAuthorityGivesTheCertificate)
{
    for (auto& certificate : config_.certificates)
        if (certificate.name != "mx3") certificate.acme = "ca";
    store_ = std::make_shared<Store>(config_, load_trust(config_).value(), clock_);
    EXPECT_THAT(find_weaknesses(config_, *store_), IsEmpty());
    ASSERT_TRUE(store_->prepare_start());
    const auto weaknesses = find_weaknesses(config_, *store_);
    EXPECT_THAT(weaknesses, SizeIs(2));
    for (const auto& weakness : weaknesses) EXPECT_THAT(weakness.hint, HasSubstr("nothing by hand: the running node asks ca"));
}

TEST_F(CertificateStore, FindsWhatItCannotLoadFromFilesAProblem)
{
    namespace fs = std::filesystem;
    EXPECT_THAT(find_problems(config_, *store_), IsEmpty());
    const std::string chain = leaf({"mx3.acme.test"}, key_);
    const auto other = crypto::PrivateKey::make_ecdsa_p256().value();
    const std::string encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n";
    const std::vector<std::pair<std::string, std::string>> bad{
        {chain, std::string(other.to_pem().reveal_text())},
        {chain, encrypted},
        {chain, "nothing"},
        {chain.substr(0, chain.size() / 2), key_text()},
        {chain + intermediate().substr(0, 100), key_text()},
    };
    for (const auto& [certificates, key] : bad) {
        write("mx3.pem", certificates);
        write("mx3.key", key);
        const auto problems = find_problems(config_, *store_);
        ASSERT_THAT(problems, SizeIs(1));
        EXPECT_EQ(problems.front().key, "certificate.name");
        EXPECT_THAT(problems.front().what, HasSubstr((folder_ / "mx3.pem").string()));
        EXPECT_THAT(problems.front().what, HasSubstr((folder_ / "mx3.key").string()));
        EXPECT_THAT(config::check_files(config_), IsEmpty());
    }
    write("mx3.pem", chain);
    write("mx3.key", key_text());
    fs::permissions(folder_ / "mx3.key", fs::perms(0640));  // config::check_files lets it pass
    EXPECT_THAT(find_problems(config_, *store_), SizeIs(1));
}

TEST_F(CertificateStore, LeavesProblemsThatTheCheckOfFilesTells)
{
    namespace fs = std::filesystem;
    fs::permissions(folder_ / "mx3.key", fs::perms(0644));
    EXPECT_THAT(config::check_files(config_), SizeIs(1));
    EXPECT_THAT(find_problems(config_, *store_), IsEmpty());
    fs::remove(folder_ / "mx3.pem");
    EXPECT_THAT(config::check_files(config_), SizeIs(2));
    EXPECT_THAT(find_problems(config_, *store_), IsEmpty());
}

TEST_F(CertificateStore, TellsOfARequestThatCannotBeRead)
{
    namespace fs = std::filesystem;
    EXPECT_THAT(find().request_problem, IsEmpty());
    ASSERT_TRUE(store_->make_request("mx1", {}));
    EXPECT_THAT(find().request_problem, IsEmpty());
    const std::vector<std::function<void()>> damages{
        [&] { fs::resize_file(kept("request.key"), 20); },
        [&] { fs::resize_file(kept("request.pem"), 20); },
        [&] { fs::remove(kept("request.key")); },
        [&] { fs::permissions(kept("request.key"), fs::perms(0644)); },
    };
    for (const auto& damage : damages) {
        ASSERT_TRUE(store_->make_request("mx1", {}));
        damage();
        const Entry entry = find();
        EXPECT_FALSE(entry.request.has_value());
        EXPECT_THAT(entry.request_problem, HasSubstr(kept("request").string()));
        EXPECT_TRUE(to_json(entry, Language::en).at("request_problem").is_string());
    }
    ASSERT_TRUE(store_->make_request("mx1", {}));
    EXPECT_TRUE(find().request.has_value());
    EXPECT_TRUE(to_json(find(), Language::en).at("request_problem").is_null());
}

TEST_F(CertificateStore, TellsNoPrivateKey)
{
    ASSERT_TRUE(install({leaf(), intermediate(), key_text()}).is_installed);
    ASSERT_TRUE(store_->make_request("mx1", {}));
    const auto told = boost::json::serialize(to_json(find(), Language::fr));
    EXPECT_THAT(told, Not(HasSubstr("PRIVATE KEY")));
    EXPECT_THAT(told, HasSubstr("\"state\":\"installed\""));
}

}  // namespace
}  // namespace sealpost::certificates
