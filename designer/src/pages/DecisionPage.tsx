import { useParams } from 'react-router';
import { DecisionView } from '../parts/DecisionView';
import { PageHeader } from '../parts/PageHeader';

export default function DecisionPage() {
  const { id = '' } = useParams();
  return (
    <>
      <PageHeader title="Decision" />
      <DecisionView id={id} />
    </>
  );
}
