using FluentAssertions;
using Homelab.Engine.Lab.Telegram;
using Homelab.Engine.Runs;
using Homelab.Engine.Telegram;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Vendor;
using Homelab.Tests.Engine.Remediation;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Telegram;

/// <summary>Questions answered in a chat, with the real dispatcher, gate and store behind the bot.</summary>
public sealed class TelegramApprovalTests
{
    private const string Spec = "telegram/openapi.prism.json";

    [Fact]
    public async Task Approve_AfterMoreInfo_IsDoneAndTheMessageTellsIt()
    {
        await using var world = await TelegramWorld.StartAsync();
        var run = await world.AskAsync();
        var asked = await world.SeeQuestionAsync();
        asked.Text.Should().Contain("lamp.set on web").And.Contain("it counts as a no");
        world.Telegram.Press(TelegramWorld.Admin, asked, "More info");
        var more = await world.SeeAsync("Way back");
        more.Id.Should().Be(asked.Id, "the same message opens");
        more.Text.Should().Contain("Why").And.Contain("confidence").And.Contain("\"lamp\":\"web\"").And.Contain("can be taken back").And.Contain("If nobody answers");
        world.Lamps.Done.Should().BeEmpty();

        var press = world.Telegram.Press(TelegramWorld.Admin, more, "✅ Approve");
        (await world.Server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        var final = await world.SeeAsync("lamp.set on web: done");
        final.Id.Should().Be(asked.Id);
        final.Buttons.Should().BeEmpty();
        final.Text.Should().Contain("Approved by admin");
        await LampServer.UntilAsync(() => Task.FromResult(press.Answered));
        press.Text.Should().Be("Approved.");
        world.Lamps.Done.Should().Equal("set web on");
        (await world.Server.CountAsync("SELECT COUNT(*) FROM approvals WHERE state = 'approved' AND answered_by = 'admin'")).Should().Be(1);
    }

    [Fact]
    public async Task Deny_NothingIsDoneAndTheMessageTellsIt()
    {
        await using var world = await TelegramWorld.StartAsync();
        var run = await world.AskAsync();
        world.Telegram.Press(TelegramWorld.Admin, await world.SeeQuestionAsync(), "Deny");
        (await world.Server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Faulted);
        (await world.SeeAsync("Denied by admin")).Buttons.Should().BeEmpty();
        world.Lamps.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task NoAnswer_IsANoTheButtonsGoAndALatePressIsToldSo()
    {
        await using var world = await TelegramWorld.StartAsync("""{ "approvals": { "timeout": "3s", "remindEvery": "1s" } }""");
        var run = await world.AskAsync();
        var asked = await world.SeeQuestionAsync();
        await world.SeeAsync("Still unanswered");
        (await world.Server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Faulted);
        (await world.SeeAsync("Nobody answered")).Buttons.Should().BeEmpty();
        await LampServer.UntilAsync(() => Task.FromResult(world.Telegram.Chats.Of(TelegramWorld.Admin).Count == 1));
        var late = world.Telegram.PressData(TelegramWorld.Admin, asked, asked.Button("Approve")!.Data);
        await LampServer.UntilAsync(() => Task.FromResult(late.Answered));
        late.Text.Should().Contain("Too late");
        world.Lamps.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Press_TwiceAndThenTheOther_OnlyTheFirstCounts()
    {
        await using var world = await TelegramWorld.StartAsync();
        var run = await world.AskAsync();
        var asked = await world.SeeQuestionAsync();
        var yes = asked.Button("✅ Approve")!.Data;
        var first = world.Telegram.PressData(TelegramWorld.Admin, asked, yes);
        var second = world.Telegram.PressData(TelegramWorld.Admin, asked, yes);
        (await world.Server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        var third = world.Telegram.PressData(TelegramWorld.Admin, asked, asked.Button("Deny")!.Data);
        await LampServer.UntilAsync(() => Task.FromResult(first.Answered && second.Answered && third.Answered));
        third.Text.Should().ContainAny("already", "Too late");
        world.Lamps.Done.Should().Equal("set web on");
        (await world.Server.CountAsync("SELECT COUNT(*) FROM audit WHERE event = 'approval.approved'")).Should().Be(1);
    }

    [Fact]
    public async Task Strangers_WhateverTheyDo_GetNothing()
    {
        await using var world = await TelegramWorld.StartAsync();
        await world.AskAsync();
        var asked = await world.SeeQuestionAsync();
        var press = world.Telegram.Press(TelegramWorld.Stranger, asked, "Approve");
        world.Telegram.Say(TelegramWorld.Stranger, "/approve");
        world.Telegram.Say(TelegramWorld.Stranger, "/status", TelegramWorld.Group);
        // A chat that is not ours, even with somebody in it who is.
        world.Telegram.Say(TelegramWorld.Admin, "/status", TelegramWorld.Group);
        world.Telegram.Say(TelegramWorld.Admin, "/uptime");
        await world.SeeAsync("has been running");
        press.Answered.Should().BeFalse();
        world.Telegram.Chats.Of(TelegramWorld.Stranger).Should().BeEmpty();
        world.Telegram.Chats.Of(TelegramWorld.Group).Should().BeEmpty();
        (await world.Server.CountAsync("SELECT COUNT(*) FROM approvals WHERE state = 'pending'")).Should().Be(1);
    }

    [Fact]
    public async Task Viewer_MayLookAndNotAnswer()
    {
        await using var world = await TelegramWorld.StartAsync();
        (await world.Server.PostAsync("/api/users", new { name = "looker", role = "viewer", password = "only-looking-here" })).Status.Should().BeInRange(200, 201);
        await world.AskAsync();
        await world.SeeQuestionAsync();
        world.Telegram.Chats.Of(TelegramWorld.Looker).Should().NotContain(message => message.Buttons.Count > 0, "who may not answer is not asked");
        foreach (var command in new[] { "/approve", "/deny", "/pause", "/stop", "/undo", "/stop_container web" })
        {
            world.Telegram.Say(TelegramWorld.Looker, command);
            await world.SeeAsync($"{command.Split(' ')[0]} acts", TelegramWorld.Looker);
        }

        world.Telegram.Say(TelegramWorld.Looker, "/status");
        (await world.SeeAsync("Health", TelegramWorld.Looker)).Text.Should().Contain("Waiting for an answer: 1");
        (await world.Server.CountAsync("SELECT COUNT(*) FROM controls WHERE value = 'on'")).Should().Be(0);
    }

    [Fact]
    public async Task Restart_BetweenQuestionAndPress_TheAnswerCounts()
    {
        await using var world = await TelegramWorld.StartAsync();
        var run = await world.AskAsync();
        var asked = await world.SeeQuestionAsync();
        await world.StopServerAsync();
        world.Telegram.Press(TelegramWorld.Admin, asked, "✅ Approve");
        await world.StartServerAsync();
        (await world.Server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        var final = await world.SeeAsync("Approved by admin");
        (final.Id, final.Buttons.Count).Should().Be((asked.Id, 0));
        world.Lamps.Done.Should().Equal("set web on");
    }

    [Fact]
    public async Task Forged_DataOfAnyKind_DoesNothing()
    {
        await using var world = await TelegramWorld.StartAsync("{}", ("Telegram:Chats:0", $"{TelegramWorld.Group}"));
        await world.AskAsync();
        var asked = await world.SeeQuestionAsync(TelegramWorld.Group);
        var real = asked.Button("✅ Approve")!.Data;
        var deny = asked.Button("Deny")!.Data;
        string[] forged = ["approve", "", "x.y", real[..^1] + (real[^1] == 'A' ? 'B' : 'A'), $"{deny.Split('.')[0]}.{real.Split('.')[1]}", real.ToUpperInvariant()];
        foreach (var data in forged)
        {
            var press = world.Telegram.PressData(TelegramWorld.Admin, asked, data);
            await LampServer.UntilAsync(() => Task.FromResult(press.Answered));
            press.Text.Should().Be("This button is not mine.");
        }

        // The same button carried into another chat is another button.
        world.Telegram.Say(TelegramWorld.Admin, "/uptime");
        var elsewhere = world.Telegram.PressData(TelegramWorld.Admin, await world.SeeAsync("has been running"), real);
        await LampServer.UntilAsync(() => Task.FromResult(elsewhere.Answered));
        elsewhere.Text.Should().Be("This button is not mine.");
        world.Lamps.Done.Should().BeEmpty();
        (await world.Server.CountAsync("SELECT COUNT(*) FROM approvals WHERE state = 'pending'")).Should().Be(1);
    }

    [Fact]
    public async Task Change_ByAReply_OnlyTheChangedStepRuns()
    {
        await using var world = await TelegramWorld.StartAsync();
        var run = await world.AskAsync();
        world.Telegram.Press(TelegramWorld.Admin, await world.SeeQuestionAsync(), "Approve with changes");
        var prompt = await world.SeeAsync(message => message.ForceReply);
        prompt.Text.Should().Contain("state=\"on\"").And.NotContain("token");
        world.Telegram.Say(TelegramWorld.Admin, "whatever", replyTo: prompt.Id);
        await world.SeeAsync("neither a time");
        world.Telegram.Say(TelegramWorld.Admin, "state=dim", replyTo: prompt.Id);
        (await world.Server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        (await world.SeeAsync("Approved with changes by admin")).Buttons.Should().BeEmpty();
        world.Lamps.Done.Should().Equal("set web dim");
    }

    [Fact]
    public async Task Change_ForLater_WaitsUntilThen()
    {
        await using var world = await TelegramWorld.StartAsync();
        await world.AskAsync();
        await world.SeeQuestionAsync();
        world.Telegram.Say(TelegramWorld.Admin, "/approve in 2h");
        await world.SeeAsync("Approved for later.");
        (await world.SeeAsync("not before")).Buttons.Should().BeEmpty();
        world.Lamps.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Group_SeveralOfOneCause_OneAnswerForAll()
    {
        await using var world = await TelegramWorld.StartAsync();
        await world.Server.Server.PublishAsync(
            """
            {"id":"both-v1","definitionId":"both","name":"both","version":1,"root":{"id":"flow","type":"Elsa.Parallel","version":1,"activities":[
              {"id":"a","type":"Homelab.Lamp.Set","version":1,"lamp":{"typeName":"String","expression":{"type":"Literal","value":"one"}},"state":{"typeName":"String","expression":{"type":"Literal","value":"on"}}},
              {"id":"b","type":"Homelab.Lamp.Set","version":1,"lamp":{"typeName":"String","expression":{"type":"Literal","value":"two"}},"state":{"typeName":"String","expression":{"type":"Literal","value":"on"}}}]}}
            """);
        var run = await world.Server.StartAsync("both");
        world.Telegram.Press(TelegramWorld.Admin, await world.SeeAsync(message => message.Button("Approve all 2") is not null), "Approve all 2");
        (await world.Server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        world.Lamps.Done.Should().BeEquivalentTo("set one on", "set two on");
        await LampServer.UntilAsync(() => Task.FromResult(world.Telegram.Chats.Of(TelegramWorld.Admin).All(message => message.Buttons.Count == 0)));
    }

    /// <summary>The network is lost in every step of the way, in every manner; what is answered is done once, and no message keeps its buttons.</summary>
    [Theory]
    [InlineData("sendMessage", nameof(TelegramFault.LostBefore))]
    [InlineData("sendMessage", nameof(TelegramFault.LostAfter))]
    [InlineData("sendMessage", nameof(TelegramFault.BadGateway))]
    [InlineData("sendMessage", nameof(TelegramFault.TooMany))]
    [InlineData("getUpdates", nameof(TelegramFault.LostBefore))]
    [InlineData("getUpdates", nameof(TelegramFault.LostAfter))]
    [InlineData("getUpdates", nameof(TelegramFault.BadGateway))]
    [InlineData("answerCallbackQuery", nameof(TelegramFault.LostBefore))]
    [InlineData("answerCallbackQuery", nameof(TelegramFault.LostAfter))]
    [InlineData("editMessageText", nameof(TelegramFault.LostBefore))]
    [InlineData("editMessageText", nameof(TelegramFault.LostAfter))]
    [InlineData("editMessageText", nameof(TelegramFault.TooMany))]
    public async Task Network_LostInAStep_TheAnswerIsNeitherLostNorRepeated(string method, string kind)
    {
        var fault = Enum.Parse<TelegramFault>(kind);
        await using var world = await TelegramWorld.StartAsync();
        if (method != "getUpdates")
            world.Telegram.Fail(method, fault);
        var run = await world.AskAsync();
        var asked = await world.SeeQuestionAsync();
        if (method == "getUpdates")
            world.Telegram.Fail(method, fault, 2);
        if (fault == TelegramFault.LostAfter && method == "sendMessage")
            // The message is there and nobody here knows: it is sent again, and the first one is pressed.
            await LampServer.UntilAsync(() => Task.FromResult(world.Telegram.Chats.Of(TelegramWorld.Admin).Count == 2));
        world.Telegram.Press(TelegramWorld.Admin, world.Telegram.Chats.Of(TelegramWorld.Admin)[0], "✅ Approve");
        (await world.Server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        (await world.SeeAsync("lamp.set on web: done")).Should().NotBeNull();
        await LampServer.UntilAsync(() => Task.FromResult(world.Telegram.Chats.Of(TelegramWorld.Admin).All(message => message.Buttons.Count == 0)));
        // Of two messages for one question the one that was not pressed is taken away, the other tells how it ended.
        await LampServer.UntilAsync(() => Task.FromResult(
            world.Telegram.Chats.Of(TelegramWorld.Admin).Where(message => message.Text.Contains("Risk:", StringComparison.Ordinal)).ToList() is [{ Text: var left }] && left.Contains("Approved by", StringComparison.Ordinal)));
        world.Lamps.Done.Should().Equal("set web on");
        (await world.Server.CountAsync("SELECT COUNT(*) FROM audit WHERE event = 'approval.approved'")).Should().Be(1);
        asked.Chat.Should().Be(TelegramWorld.Admin);
    }

    [Fact]
    public async Task Question_SentTwice_BothPressed_IsAnsweredOnceAndOneMessageIsLeft()
    {
        await using var world = await TelegramWorld.StartAsync();
        world.Telegram.Fail("sendMessage", TelegramFault.LostAfter);
        var run = await world.AskAsync();
        await LampServer.UntilAsync(() => Task.FromResult(world.Telegram.Chats.Of(TelegramWorld.Admin).Count == 2));
        var (first, second) = (world.Telegram.Chats.Of(TelegramWorld.Admin)[0], world.Telegram.Chats.Of(TelegramWorld.Admin)[1]);
        world.Telegram.Press(TelegramWorld.Admin, second, "⛔ Deny");
        world.Telegram.Press(TelegramWorld.Admin, first, "✅ Approve");
        await world.Server.FinishAsync(run);
        await LampServer.UntilAsync(() => Task.FromResult(world.Telegram.Chats.Of(TelegramWorld.Admin) is [{ Buttons.Count: 0 } left] && left.Text.Contains("Denied by", StringComparison.Ordinal)));
        world.Lamps.Done.Should().BeEmpty("the first answer was no");
        (await world.Server.CountAsync("SELECT COUNT(*) FROM audit WHERE event IN ('approval.approved', 'approval.denied')")).Should().Be(1);
    }

    [Fact]
    public async Task Network_GoneForAWhile_GoesOnWhereItStopped()
    {
        await using var world = await TelegramWorld.StartAsync();
        world.Telegram.Offline = true;
        var run = await world.AskAsync();
        await LampServer.UntilAsync(async () => await world.Server.CountAsync("SELECT COUNT(*) FROM approvals") == 1);
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        world.Telegram.Offline = false;
        var asked = await world.SeeQuestionAsync();
        world.Telegram.Offline = true;
        world.Telegram.Press(TelegramWorld.Admin, asked, "✅ Approve");
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        world.Telegram.Offline = false;
        (await world.Server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        await LampServer.UntilAsync(() => Task.FromResult(world.Telegram.Chats.Of(TelegramWorld.Admin).All(message => message.Buttons.Count == 0)));
        world.Lamps.Done.Should().Equal("set web on");
    }

    [Fact]
    public async Task ShowNow_WhatIsOnItsWay_IsWaitedFor()
    {
        await using var world = await TelegramWorld.StartAsync();
        var services = world.Server.Server.Services;
        var (cards, sending) = (services.GetRequiredService<TelegramCards>(), services.GetRequiredService<TelegramSending>());
        CardRow? row = null;
        for (var attempt = 0; row is null; attempt++)
        {
            // The product's own round may be quicker; then another card is taken in hand here.
            await cards.PutAsync($"shown-{attempt}", TelegramWorld.Admin, CardContent.Of("about to begin"), default);
            row = await cards.ClaimAsync($"shown-{attempt}", TelegramWorld.Admin, default);
        }

        var shown = sending.ShowNowAsync(row.Subject, TelegramWorld.Admin, default);
        (await Task.WhenAny(shown, Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System))).Should().NotBe(shown, "it is being sent, and nobody knows yet whether it gets there");
        await cards.ShownAsync(row, 77, null, default);
        (await shown).Should().BeTrue();
    }

    [Fact]
    public async Task Update_DeliveredTwice_IsHandledOnce()
    {
        await using var world = await TelegramWorld.StartAsync();
        world.Telegram.Say(TelegramWorld.Admin, "/pause");
        await world.SeeAsync("Paused");
        world.Telegram.Repeat();
        world.Telegram.Say(TelegramWorld.Admin, "/uptime");
        await world.SeeAsync("has been running");
        (await world.Server.CountAsync("SELECT COUNT(*) FROM audit WHERE event = 'controls.paused'")).Should().Be(1);
        world.Telegram.Chats.Of(TelegramWorld.Admin).Count(message => message.Text.Contains("Paused", StringComparison.Ordinal)).Should().Be(1);
    }

    [VendorFact(Spec)]
    public async Task Requests_AllOfThem_AreAsTheBotApiDescribes()
    {
        var described = VendorApi.Load(Shared.Spec(Spec));
        await using var world = await TelegramWorld.StartAsync("""{ "approvals": { "remindEvery": "1s" } }""");
        var run = await world.AskAsync();
        var asked = await world.SeeQuestionAsync();
        await world.SeeAsync("Still unanswered");
        world.Telegram.Press(TelegramWorld.Admin, asked, "More info");
        world.Telegram.Press(TelegramWorld.Admin, await world.SeeAsync("Way back"), "Approve with changes");
        await world.SeeAsync(message => message.ForceReply);
        world.Telegram.Press(TelegramWorld.Admin, asked, "✅ Approve");
        await world.Server.FinishAsync(run);
        world.Telegram.Say(TelegramWorld.Admin, "/menu");
        await world.SeeAsync(message => message.Button("Status") is not null);
        foreach (var (method, fields) in world.Telegram.Requests)
        {
            var problems = described.Check(new SeenRequest("POST", $"/bot{world.Telegram.Token}/{method}", "", fields.ToJsonString(), new Dictionary<string, string> { ["Content-Type"] = "application/json" }));
            problems.Should().BeEmpty();
        }

        world.Telegram.Requests.Select(request => request.Method).Distinct().Should()
            .Contain(["getUpdates", "sendMessage", "editMessageText", "answerCallbackQuery", "deleteMessage", "setMyCommands", "deleteWebhook"]);
    }
}
