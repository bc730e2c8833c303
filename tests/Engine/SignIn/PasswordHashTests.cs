using FluentAssertions;
using Homelab.Engine.SignIn;
using Xunit;

namespace Homelab.Tests.Engine.SignIn;

public sealed class PasswordHashTests
{
    private const int Rounds = 1_000;

    [Fact]
    public void Verify_SamePassword_True() => PasswordHash.Verify("correct horse", PasswordHash.Create("correct horse", Rounds)).Should().BeTrue();

    [Fact]
    public void Verify_OtherPassword_False() => PasswordHash.Verify("correct hors", PasswordHash.Create("correct horse", Rounds)).Should().BeFalse();

    [Fact]
    public void Create_Twice_DiffersBySalt() => PasswordHash.Create("same", Rounds).Should().NotBe(PasswordHash.Create("same", Rounds));

    [Theory]
    [InlineData("")]
    [InlineData("pbkdf2-sha512$1000$x")]
    [InlineData("pbkdf2-sha512$1000$!!$!!")]
    [InlineData("pbkdf2-sha512$-1$AAAA$AAAA")]
    [InlineData("pbkdf2-sha512$0$AAAA$AAAA")]
    [InlineData("pbkdf2-sha512$1000$AAAA$")]
    [InlineData("md5$1000$AAAA$AAAA")]
    public void Verify_DamagedHash_LocksOut(string stored) => PasswordHash.Verify("", stored).Should().BeFalse();

    [Fact]
    public void IsWeakerThan_FewerRounds_True()
    {
        var stored = PasswordHash.Create("any", Rounds);
        PasswordHash.IsWeakerThan(stored, Rounds + 1).Should().BeTrue();
        PasswordHash.IsWeakerThan(stored, Rounds).Should().BeFalse();
    }

    [Fact]
    public void NewPassword_ManyTimes_NeverRepeatsAndReads() =>
        Enumerable.Range(0, 200).Select(_ => Tokens.NewPassword()).Should().OnlyHaveUniqueItems().And.AllSatisfy(password => password.Should().MatchRegex("^([a-hj-km-np-z2-9]{5}-){3}[a-hj-km-np-z2-9]{5}$"));

    [Theory]
    [InlineData("short", "ada", "at least 12")]
    [InlineData("aaaaaaaaaaaaaaaa", "ada", "different characters")]
    [InlineData("adalovelace1234", "adalovelace", "user's name")]
    public void WhyNot_WeakPassword_NamesTheRule(string password, string name, string rule) =>
        PasswordSignIn.WhyNot(password, name, 12).Should().Contain(rule);

    [Fact]
    public void WhyNot_LongPhrase_Accepts() => PasswordSignIn.WhyNot("four plain words together", "ada", 12).Should().BeNull();

    [Fact]
    public void WhyNot_TooLong_NamesTheRule() => PasswordSignIn.WhyNot(new string('x', 300), "ada", 12).Should().Contain("at most 256");
}
