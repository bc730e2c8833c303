using FluentAssertions;
using Homelab.Engine.Telegram;
using Homelab.Tests.Engine.Remediation;
using Xunit;

namespace Homelab.Tests.Engine.Telegram;

/// <summary>Requests in plain words: the table, and the way from a sentence to a command.</summary>
public sealed class PlainRequestTests
{
    [Theory]
    [InlineData("restart wiki", "restart", "wiki")]
    [InlineData("Please reboot the vm k3s-1 now", "restart", "k3s-1")]
    [InlineData("stop jellyfin", "stop", "jellyfin")]
    [InlineData("Stop everything!", "stop", "")]
    [InlineData("what happened tonight?", "happened", "tonight")]
    [InlineData("What was done this week", "happened", "this week")]
    [InlineData("what happened?", "happened", "")]
    [InlineData("What's wrong?", "incidents", "")]
    [InlineData("check why k3s-vm seems slow", "check", "k3s-vm")]
    [InlineData("why is the wiki so slow?", "check", "wiki")]
    [InlineData("how is it going?", "status", "")]
    [InlineData("when will the disk be full?", "forecast", "")]
    [InlineData("send me a weekly report", "report_now", "weekly")]
    [InlineData("why did you restart wiki?", "why", "wiki")]
    public void Read_AsPeopleWriteIt_IsACommand(string text, string command, string name)
    {
        var read = PlainWords.Read(text);
        read.Should().NotBeNull();
        (read!.Command, read.Name).Should().Be((command, name));
    }

    [Theory]
    [InlineData("I need a WordPress for testing")]
    [InlineData("restart wiki and then delete everything")]
    [InlineData("do not restart wiki")]
    [InlineData("if you restart wiki it gets worse")]
    public void Read_WhatIsNoPlainRequest_IsNotGuessed(string text) => PlainWords.Read(text).Should().BeNull();

    [Fact]
    public async Task Sentences_WithoutAModel_AreAnsweredAndNothingIsInvented()
    {
        await using var world = await TelegramWorld.StartAsync();
        world.Telegram.Say(TelegramWorld.Admin, "what happened tonight?");
        (await world.SeeAsync("Nothing was changed.")).Text.Should().Contain("No incident began.");
        world.Telegram.Say(TelegramWorld.Admin, "restart wiki");
        (await world.SeeAsync("I know nothing called")).Text.Should().Contain("wiki");
        world.Telegram.Say(TelegramWorld.Admin, "I need a WordPress for testing");
        await world.SeeAsync("I do not understand that.");
        world.Telegram.Say(TelegramWorld.Admin, "stop wiki");
        await LampServer.UntilAsync(() => Task.FromResult(world.Telegram.Chats.Of(TelegramWorld.Admin).Count(message => message.Text.Contains("I know nothing called", StringComparison.Ordinal)) == 2));
        (await world.Server.CountAsync("SELECT COUNT(*) FROM audit WHERE event = 'control.stop'")).Should().Be(0, "a thing was to be stopped, not everything");
    }

    [Fact]
    public async Task Request_ThatATemplateFits_IsAMessageThatIsThePlanAndFollowsIt()
    {
        var workflows = Directory.CreateTempSubdirectory("homelab-requests-").FullName;
        Directory.CreateDirectory(Path.Combine(workflows, "requests"));
        await File.WriteAllTextAsync(Path.Combine(workflows, "requests", "porch.yaml"), """
            id: porch
            name: Light on the porch
            words: [porch]
            steps:
              - { title: Switch the <porch>, activity: lamp.set, input: { lamp: porch, state: "on" } }
              - title: Admire it
            """);
        await using var world = await TelegramWorld.StartAsync("{}", ("Workflows:Directory", workflows));
        world.Telegram.Say(TelegramWorld.Admin, "I need some light on the porch");
        var plan = await world.SeeAsync("shall I?");
        plan.Text.Should().Contain("Switch the <porch>").And.Contain("Admire it");
        world.Telegram.Say(TelegramWorld.Admin, "delay admire until the weekend");
        await LampServer.UntilAsync(async () => await world.Server.CountAsync("SELECT COUNT(*) FROM requests WHERE steps LIKE '%notBefore%'") == 1);
        world.Telegram.Say(TelegramWorld.Admin, "do admire now");
        await LampServer.UntilAsync(async () => await world.Server.CountAsync("SELECT COUNT(*) FROM requests WHERE steps LIKE '%notBefore%'") == 0);
        (await world.Server.CountAsync("SELECT COUNT(*) FROM runs")).Should().Be(0);

        world.Telegram.Press(TelegramWorld.Admin, plan, "✅ Go");
        var question = await world.SeeQuestionAsync();
        world.Telegram.Press(TelegramWorld.Admin, question, "Approve");
        var turn = await world.SeeAsync(message => message.Button("✔️ Done") is not null && message.Text.Contains("Light on the porch", StringComparison.Ordinal));
        world.Lamps.Done.Should().Equal("set porch on");
        await world.SeeAsync("Your turn in");
        world.Telegram.Press(TelegramWorld.Admin, turn, "✔️ Done");
        await world.SeeAsync("Light on the porch — done");
        await LampServer.UntilAsync(() => Task.FromResult(world.Telegram.Chats.Of(TelegramWorld.Admin).Where(message => message.Text.Contains("Light on the porch —", StringComparison.Ordinal)).All(message => message.Buttons.Count == 0)));

        (await world.Server.PostAsync("/api/users", new { name = "looker", role = "viewer" })).Status.Should().BeInRange(200, 201);
        world.Telegram.Say(TelegramWorld.Looker, "I need some light on the porch");
        await world.SeeAsync("Your role may look", TelegramWorld.Looker);
        (await world.Server.CountAsync("SELECT COUNT(*) FROM requests")).Should().Be(1);
    }
}
