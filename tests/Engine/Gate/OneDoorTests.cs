using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Gate;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>Reads the engine's compiled code: nobody but the door calls an activity.</summary>
public sealed class OneDoorTests
{
    [Theory]
    [InlineData(nameof(IActivityInvoker.ExecuteAsync), "Homelab.Engine.Dispatch.RefuseEverythingGate", "Homelab.Engine.Gate.EffectDoor")]
    public void Engine_CallsOfAnActivity_AreOnlyInTheDoor(string method, params string[] allowed) =>
        Callers(typeof(EffectDoor).Assembly, nameof(IActivityInvoker), method).Should().BeEquivalentTo(allowed);

    /// <summary>Outermost types with a method body that calls it.</summary>
    private static HashSet<string> Callers(Assembly assembly, string type, string method)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var reader = file.GetMetadataReader();
        var tokens = reader.MemberReferences.Where(handle =>
        {
            var member = reader.GetMemberReference(handle);
            return reader.GetString(member.Name) == method && member.Parent.Kind == HandleKind.TypeReference
                && reader.GetString(reader.GetTypeReference((TypeReferenceHandle)member.Parent).Name) == type;
        }).Select(handle => MetadataTokens.GetToken(handle)).ToHashSet();
        tokens.Should().NotBeEmpty();

        HashSet<string> callers = [];
        foreach (var handle in reader.MethodDefinitions)
        {
            var definition = reader.GetMethodDefinition(handle);
            if (definition.RelativeVirtualAddress == 0 || file.GetMethodBody(definition.RelativeVirtualAddress).GetILBytes() is not { } code)
                continue;
            for (var i = 0; i + 4 < code.Length; i++)
            {
                // call, callvirt, ldftn, ldvirtftn
                var operand = code[i] is 0x28 or 0x6F ? i + 1 : code[i] == 0xFE && code[i + 1] is 0x06 or 0x07 ? i + 2 : -1;
                if (operand > 0 && operand + 4 <= code.Length && tokens.Contains(BitConverter.ToInt32(code, operand)))
                    callers.Add(Outermost(reader, definition.GetDeclaringType()));
            }
        }

        return callers;
    }

    private static string Outermost(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
            type = reader.GetTypeDefinition(type.GetDeclaringType());
        return $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}";
    }
}
