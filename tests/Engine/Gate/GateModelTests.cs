using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Homelab.Activities;
using Homelab.Engine.Dispatch;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>
/// Any sequence of asking, using, performing, replaying, altering, approving, stopping, editing rules, restarts, node deaths and clock jumps on the real gate and database: whatever
/// was done has its own authorization, used once, for exactly it, issued while nothing forbade it.
/// </summary>
public sealed class GateModelTests(SqliteFixture fixture) : IClassFixture<SqliteFixture>
{
    internal abstract record Move
    {
        public sealed record Ask(bool Wipe, int Run, int Step, int Name, int Attempt) : Move;

        /// <summary>Uses an answer that was ever given, however old, maybe again.</summary>
        public sealed record Use(int Which) : Move;

        /// <summary>Comes to the door for a request that was ever asked, with or without an intent.</summary>
        public sealed record Enter(int Which) : Move;

        /// <summary>The same with one thing altered.</summary>
        public sealed record EnterAltered(int Which, int How) : Move;

        /// <param name="Changed">Approved with another name.</param>
        public sealed record Answer(int Which, bool Approve, bool Changed) : Move;

        public sealed record Control(int Which) : Move;

        public sealed record Wait(int Seconds) : Move;

        public sealed record JumpClock(int Seconds) : Move;

        public sealed record AcceptClock : Move;

        public sealed record EditRules(int Which) : Move;

        /// <summary>The node dies; what it knew is gone, another begins.</summary>
        public sealed record Restart : Move;

        public sealed record Fail(bool Fails) : Move;
    }

    private static readonly Gen<Move> AnyMove = Gen.Frequency(
        (10, from wipe in Gen.Elements(true, false) from run in Gen.Choose(1, 2) from step in Gen.Choose(1, 2) from name in Gen.Choose(1, 2) from attempt in Gen.Choose(1, 2)
             select (Move)new Move.Ask(wipe, run, step, name, attempt)),
        (10, Gen.Choose(0, 9).Select(which => (Move)new Move.Use(which))),
        (10, Gen.Choose(0, 9).Select(which => (Move)new Move.Enter(which))),
        (5, from which in Gen.Choose(0, 9) from how in Gen.Choose(0, 4) select (Move)new Move.EnterAltered(which, how)),
        (4, from which in Gen.Choose(0, 4) from approve in Gen.Elements(true, true, false) from changed in Gen.Elements(false, false, true) select (Move)new Move.Answer(which, approve, approve && changed)),
        (3, Gen.Choose(0, 5).Select(which => (Move)new Move.Control(which))),
        (3, Gen.Elements(1, 30, 61, 299, 301, 601, 90_000).Select(seconds => (Move)new Move.Wait(seconds))),
        (1, Gen.Elements(-3600, -31, 31, 3600).Select(seconds => (Move)new Move.JumpClock(seconds))),
        (1, Gen.Constant((Move)new Move.AcceptClock())),
        (2, Gen.Choose(0, 3).Select(which => (Move)new Move.EditRules(which))),
        (2, Gen.Constant((Move)new Move.Restart())),
        (1, Gen.Elements(true, false).Select(fails => (Move)new Move.Fail(fails))));

    [Fact]
    public void AnySequence_NothingRunsWithoutItsOwnValidAuthorization()
    {
        var done = 0;
        Prop.ForAll(
            AnyMove.ArrayOf().Resize(40).ToArbitrary(),
            moves =>
            {
                done += PlayAsync(moves).GetAwaiter().GetResult();
                return true;
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(80).WithEndSize(60));
        done.Should().BePositive("a gate that lets nothing through proves nothing");
    }

    private async Task<int> PlayAsync(Move[] moves)
    {
        await GateTables.EmptyAsync(fixture.Database);
        using var first = new GateWorld(fixture.Database);
        await first.ProveAsync(first.Restart);
        var world = first;
        List<GateWorld> others = [];
        List<GateRequest> asked = [];
        List<AuthorizationUse> uses = [];
        List<(string Run, string Step, int Attempt, string Activity, string Input)> performed = [];
        foreach (var move in moves)
        {
            var before = first.Restart.Done.Count + first.Wipe.Done.Count;
            var forbidden = await ForbiddenAsync(world);
            switch (move)
            {
                case Move.Ask ask:
                    var request = world.Request(
                        ask.Wipe ? first.Wipe : first.Restart, new { name = $"n{ask.Name}" }, $"run{ask.Run}", $"s{ask.Step}", ask.Attempt);
                    asked.Add(request);
                    if (await world.Gate.AskAsync(request, default) is GateAnswer.Allowed allowed)
                    {
                        forbidden.Should().BeFalse($"{move} was allowed");
                        uses.Add(allowed.Use!);
                    }

                    break;
                case Move.Use use when uses.Count > 0:
                    await world.ConsumeAsync(uses[use.Which % uses.Count]);
                    break;
                case Move.Enter enter when asked.Count > 0:
                    await world.EnterAsync(asked[enter.Which % asked.Count]);
                    break;
                case Move.EnterAltered altered when asked.Count > 0:
                    await EnterAlteredAsync(world, first, asked[altered.Which % asked.Count], altered.How);
                    (first.Restart.Done.Count + first.Wipe.Done.Count).Should().Be(before, $"{move} must not get through");
                    break;
                case Move.Answer answer:
                    var open = await world.Desk.ListAsync(null, 10, default);
                    if (open.Count > 0)
                        await world.Desk.AnswerAsync(open[answer.Which % open.Count].Id, new(answer.Approve, "anna", Changes: answer.Changed ? new() { ["name"] = "n2" } : null), default);
                    break;
                case Move.Control control:
                    await ControlAsync(world, control.Which);
                    break;
                case Move.Wait wait:
                    world.Time.Advance(TimeSpan.FromSeconds(wait.Seconds));
                    await world.Desk.SweepAsync(default);
                    break;
                case Move.JumpClock jump:
                    world.Time.Jump(TimeSpan.FromSeconds(jump.Seconds));
                    break;
                case Move.AcceptClock:
                    world.Clock.Accept();
                    break;
                case Move.EditRules edit:
                    EditRules(world, edit.Which);
                    await world.Settings.ReloadAsync(default);
                    break;
                case Move.Restart:
                    others.Add(world = new GateWorld(fixture.Database, first.Time, first));
                    break;
                case Move.Fail fail:
                    first.Restart.Failure = fail.Fails ? new ActivityException("no", true) : null;
                    break;
            }

            if (first.Restart.Done.Count + first.Wipe.Done.Count > before)
            {
                (move is Move.Enter).Should().BeTrue();
                (await StoppedAsync(world)).Should().BeFalse("nothing runs while everything is stopped or paused");
            }
        }

        var all = first.Restart.Done.Select(one => (one, Id: first.Restart.Descriptor.Id)).Concat(first.Wipe.Done.Select(one => (one, Id: first.Wipe.Descriptor.Id))).ToList();
        var changes = await world.Changes.ListAsync(new(), default);
        foreach (var group in all.GroupBy(one => (one.one.Run, one.one.Step, one.one.Attempt, one.Id, one.one.Input)))
        {
            // Each time it ran there is one used authorization more, of the same parameters; and a destructive one was approved by a person.
            var own = changes.Where(change => change.RunId == group.Key.Run && change.StepId == group.Key.Step && change.Attempt == group.Key.Attempt
                && change.ActivityId == group.Key.Id && change.Parameters == group.Key.Input && change.Result is "succeeded" or "failed").ToList();
            own.Count.Should().BeGreaterThanOrEqualTo(group.Count());
            own.Should().OnlyContain(change => change.UsedAt < change.ExpiresAt && change.UsedAt >= change.IssuedAt);
            if (group.Key.Id == first.Wipe.Descriptor.Id)
                own.Should().OnlyContain(change => change.IssuedBy == "anna" && change.ApprovalId != null);
        }

        (await Homelab.Engine.Audit.AuditTrail.VerifyAsync(fixture.Database, null, default)).Problem.Should().BeNull();
        others.ForEach(other => other.Dispose());
        return all.Count;
    }

    private static async Task<bool> ForbiddenAsync(GateWorld world) =>
        world.Settings.Policy is null || world.Clock.Jump() is not null || await StoppedAsync(world);

    private static async Task<bool> StoppedAsync(GateWorld world) => await world.Controls.ReadAsync(default) is { Stop: not null } or { Pause: not null };

    private static Task ControlAsync(GateWorld world, int which) => which switch
    {
        0 => world.Controls.StopAsync("anna", "model", default),
        1 => world.Controls.PauseAsync("anna", "model", default),
        2 or 3 => world.Controls.ResumeAsync("anna", "model", default),
        4 => world.Controls.ResetBreakerAsync("anna", "model", default),
        _ => world.Controls.SetAutonomyAsync(Homelab.Rules.Decisions.AutonomyLevel.Conservative, "anna", "model", default),
    };

    private static Task<bool> EnterAlteredAsync(GateWorld world, GateWorld first, GateRequest request, int how) => how switch
    {
        0 => world.EnterAsync(request, new { name = "foreign" }),
        1 => world.EnterAsync(request with { RunId = new("foreign") }),
        2 => world.EnterAsync(request with { StepId = "foreign" }),
        3 => world.EnterAsync(request with { Attempt = 99 }),
        _ => world.EnterAsync(request, new { name = "n1", force = true }),
    };

    private static void EditRules(GateWorld world, int which)
    {
        var path = Path.Combine(world.RulesDirectory, "policy.json");
        File.WriteAllText(path, which switch
        {
            0 => "{ broken",
            1 => "{}",
            2 => Rules.Decisions.ShippedPolicy.Files["policy.json"].Replace("\"above\": 0.90", "\"above\": 0.99", StringComparison.Ordinal),
            _ => Rules.Decisions.ShippedPolicy.Files["policy.json"],
        });
    }
}
